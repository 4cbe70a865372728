import type { Answered } from '../aws/invoke-answer.ts';
import { functionError } from '../domain/function-error.ts';
import { withHeapEvidence } from '../domain/out-of-memory.ts';
import type { Outcome } from '../domain/outcome.ts';
import { contentText } from '../domain/result-content.ts';
import { parseReport } from '../domain/run-log/report.ts';
import type { Channel } from './channel.ts';

/** Takes the outcome of a RequestResponse from Lambda's answer, which arrives when the function has ended. */
export const response: Channel = {
  name: 'response',
  invocationTypes: ['RequestResponse'],
  defaultFor: ['RequestResponse'],
  traits: { seesKilledFunction: true, settlesDoubt: false, withoutResult: false, needsEnvelope: false },
  readAnswer: (answer): Outcome => {
    const evidence = evidenceOf(answer);
    return answer.functionError === undefined
      ? { state: 'succeeded', result: answer.payload, ...typeOf(answer), ...evidence }
      : { state: 'failed', error: errorOf(answer), ...evidence };
  },
};

function errorOf({ payload, logTail = '' }: Answered) {
  return withHeapEvidence(functionError(contentText(payload)), logTail.split('\n'));
}

function typeOf({ contentType }: Answered) {
  return contentType === undefined ? {} : { resultType: contentType };
}

function evidenceOf({ requestId, executedVersion, logTail }: Answered) {
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
