/** Why a log without an error proves nothing of a function, in the words of warnings. */
import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { Unproven } from '../../domain/run-log/verdict.ts';

/** Continues "… , because". */
export function whyUnproven(unproven: Unproven, facts: FunctionFacts): string {
  switch (unproven.because) {
    case 'suspected':
      return `its log has an error (${unproven.suspected.type}) that its runtime or the function itself may have logged`;
    case 'cut':
      return 'a line of its log is longer than Lambda keeps, and its rest is lost';
    default:
      return whySilenceProvesNothing(facts);
  }
}

export function whySilenceProvesNothing({
  runtime,
  execWrapper,
  logFormat,
  applicationLogLevel,
}: FunctionFacts) {
  if (execWrapper) return "AWS_LAMBDA_EXEC_WRAPPER may replace its runtime's client, which logs errors";
  if (logFormat === 'JSON' && applicationLogLevel === 'FATAL')
    return 'its application log level FATAL leaves errors out of the log';
  return `its runtime (${runtime ?? 'of a container image or not known'}) does not log every error`;
}
