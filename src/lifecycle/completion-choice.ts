import type { Channel } from '../completion/channel.ts';
import { type Fault, InvalidRequest } from '../domain/errors.ts';
import type { ExecutionRequest } from '../domain/execution.ts';

/**
 * The completion channels of an execution: the user's list, or the default of its invocation type.
 * @throws InvalidRequest for channels that do not exist, cannot follow this invocation, or could wait for ever
 */
export function chooseCompletion(request: ExecutionRequest, channels: readonly Channel[]): string[] {
  if (request.completion.length === 0)
    return channels.filter((one) => one.defaultFor.includes(request.invocationType)).map((one) => one.name);
  const faults = request.completion.flatMap((name, at) => faultOf(name, at, request, channels));
  const chosen = channels.filter((one) => request.completion.includes(one.name));
  const blind = chosen.length > 0 && chosen.every((one) => !one.seesKilledFunction);
  if (faults.length === 0 && blind && request.timeoutSeconds === undefined)
    faults.push({
      pointer: '/timeout_seconds',
      message: 'is needed: none of these channels sees a killed function',
    });
  if (faults.length > 0) throw new InvalidRequest(faults);
  return request.completion;
}

function faultOf(name: string, at: number, request: ExecutionRequest, channels: readonly Channel[]): Fault[] {
  const pointer = `/completion/${at}`;
  const channel = channels.find((one) => one.name === name);
  if (!channel) return [{ pointer, message: `must be one of ${channels.map((one) => one.name).join(', ')}` }];
  if (channel.invocationTypes.includes(request.invocationType)) return [];
  return [
    {
      pointer,
      message: `follows ${channel.invocationTypes.join(' and ')} only, not ${request.invocationType}`,
    },
  ];
}
