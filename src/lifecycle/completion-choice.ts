import type { FunctionFacts } from '../aws/function-reader.ts';
import type { Channel } from '../completion/channel.ts';
import { type Fault, InvalidRequest } from '../domain/errors.ts';
import type { ExecutionRequest } from '../domain/execution.ts';
import type { FunctionPolicy } from '../domain/policy.ts';

/**
 * The completion channels of an execution that names none: the policy's, else the one that is better than the
 * default for this function, else the default of its invocation type.
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

/** The channels that policies name and nobody knows: left out in silence, others would follow the executions. */
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
  const faults = completion.flatMap((name, at) => faultOf(name, at, request, channels));
  const chosen = channels.filter((one) => completion.includes(one.name));
  const blind = chosen.length > 0 && chosen.every((one) => !seesKilled(one, request.function));
  if (faults.length === 0 && blind && request.timeoutSeconds === undefined)
    faults.push({
      pointer: '/timeout_seconds',
      message: 'is needed: none of these channels sees a killed function',
    });
  if (faults.length > 0) throw new InvalidRequest(faults);
}

function seesKilled({ seesKilledFunction: sees }: Channel, fn: string): boolean {
  return typeof sees === 'function' ? sees(fn) : sees;
}

function faultOf(name: string, at: number, request: ExecutionRequest, channels: readonly Channel[]): Fault[] {
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
  if (channel.needsEnvelope && !request.envelope)
    return [{ pointer, message: 'needs the envelope: the function reports by itself. Say "envelope": true' }];
  const obstacle = channel.obstacle?.(request.function);
  return obstacle === undefined ? [] : [{ pointer, message: obstacle }];
}
