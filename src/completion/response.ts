import { functionError } from '../domain/function-error.ts';
import type { Outcome } from '../domain/outcome.ts';
import { parseReport } from '../domain/report.ts';
import type { Channel, InvokeReply } from './channel.ts';

/** The held connection of a RequestResponse: Lambda answers when the function has ended. */
export const response: Channel = {
  name: 'response',
  invocationTypes: ['RequestResponse'],
  defaultFor: ['RequestResponse'],
  seesKilledFunction: true,
  settlesDoubt: false,
  readReply: (reply): Outcome => {
    const evidence = evidenceOf(reply);
    return reply.functionError === undefined
      ? { state: 'succeeded', result: reply.payload, ...evidence }
      : { state: 'failed', error: functionError(reply.payload), ...evidence };
  },
};

function evidenceOf({ requestId, executedVersion, logTail }: InvokeReply) {
  const report = logTail
    ?.split('\n')
    .map(parseReport)
    .findLast((found) => found !== undefined);
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(executedVersion === undefined ? {} : { executedVersion }),
    ...(logTail === undefined ? {} : { logTail }),
    ...(report ? { billing: report.billing } : {}),
  };
}
