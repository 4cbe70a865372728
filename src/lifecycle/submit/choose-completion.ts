import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { Channel } from '../../completion/channel.ts';
import { InvalidRequest, type ValidationError } from '../../domain/errors.ts';
import type { ExecutionRequest } from '../../domain/execution.ts';
import type { FunctionPolicy } from '../../domain/policy.ts';

/**
 * The completion channels of an execution that names none: the policy's, else one preferred for this function, else the
 * default of its invocation type.
 */
export function defaultCompletion(
  request: ExecutionRequest,
  policy: FunctionPolicy,
  facts: FunctionFacts,
  channels: readonly Channel[],
): string[] {
  const fitting = channels.filter((one) => one.defaultFor.includes(request.invocationType));
  const ofPolicy = channels.filter(
    (one) => policy.completion?.includes(one.name) && one.invocationTypes.includes(request.invocationType),
  );
  if (ofPolicy.length > 0) return ofPolicy.map((one) => one.name);
  const better = fitting.find((one) => one.preferred?.(facts, policy));
  if (better) return [better.name];
  return fitting.filter((one) => !one.preferred).map((one) => one.name);
}

/** Errors for unknown channels in policies. Ignoring them silently would let other channels follow the executions. */
export function unknownChannels(policies: readonly FunctionPolicy[], channels: readonly Channel[]): string[] {
  const known = channels.map(({ name }) => name);
  return policies.flatMap(({ name, completion = [] }) =>
    completion
      .filter((one) => !known.includes(one))
      .map((one) => `Policy '${name}' names the channel '${one}'; it must be one of ${known.join(', ')}.`),
  );
}

/** @throws InvalidRequest for channels that do not exist, cannot follow this invocation, or could wait for ever */
export function checkCompletion(
  request: ExecutionRequest,
  completion: readonly string[],
  channels: readonly Channel[],
): void {
  const errors = completion.flatMap((name, at) => errorsIn(name, at, request, channels));
  const chosen = channels.filter((one) => completion.includes(one.name));
  const unsafe = chosen.length > 0 && chosen.every((one) => !seesKilled(one, request.function));
  if (errors.length === 0 && unsafe && request.timeoutSeconds === undefined)
    errors.push({
      pointer: '/timeout_seconds',
      message: 'is required: none of these channels notices a killed function',
    });
  if (errors.length > 0) throw new InvalidRequest(errors);
}

function seesKilled({ traits }: Channel, fn: string): boolean {
  const sees = traits.seesKilledFunction;
  return typeof sees === 'function' ? sees(fn) : sees;
}

function errorsIn(
  name: string,
  at: number,
  request: ExecutionRequest,
  channels: readonly Channel[],
): ValidationError[] {
  const pointer = `/completion/${at}`;
  const channel = channels.find((one) => one.name === name);
  if (!channel) return [{ pointer, message: `must be one of ${channels.map((one) => one.name).join(', ')}` }];
  if (!channel.invocationTypes.includes(request.invocationType))
    return [
      {
        pointer,
        message: `follows ${channel.invocationTypes.join(' and ')} only, not ${request.invocationType}`,
      },
    ];
  if (channel.traits.needsEnvelope && !request.envelope)
    return [
      { pointer, message: 'needs the envelope, since the function reports by itself. Set "envelope": true' },
    ];
  const reason = channel.unavailableReason?.(request.function);
  return reason === undefined ? [] : [{ pointer, message: reason }];
}
