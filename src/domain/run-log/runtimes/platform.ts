/** Errors that the platform itself writes, whatever the runtime. */
import { describeError } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import type { Line } from '../line.ts';
import { type ErrorReader, lastMatch } from './error-reader.ts';

/** `RequestId: <id> Error: Runtime exited with error: exit status 1`, then a line with the type. */
const CRASH = /^RequestId: (?<id>\S+) (?<text>(?:Error: |Process exited)[^\r\n]*)(?:[\r\n]+(?<type>[\w.]+))?/;
/** A function may print `RequestId: <id> Error: …`, too. Lambda's own line has one of these types, or these words. */
const OWN_TYPE = /^(?:Runtime|Function|Extension|Sandbox)\./;
const OWN_WORDS = /^(?:Error: Runtime exited |Process exited before completing request)/;
/** `<time> <id> Task timed out after 3.00 seconds`, as older versions of Lambda wrote it. */
const TIMEOUT = /^\d{4}-\S+ (?<id>\S+) (?<text>Task timed out after [\d.]+ seconds)/;

const REFUSED_ANSWER =
  /^\[ERROR\] \[[\d.]+\] LAMBDA_RUNTIME Failed to post handler success response\. Http response code: 413\.(?: \{"errorMessage":"(?<text>[^"]*)")?/;
/** The message in Lambda's answer to Invoke in this case. */
const TOO_LARGE = 'Response payload size exceeded maximum allowed payload size (6291556 bytes).';

export const platformError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const timeout = TIMEOUT.exec(message)?.groups;
    if (timeout?.['id'] === requestId) return describeError('Sandbox.Timedout', timeout['text'] ?? '');
    const crash = CRASH.exec(message)?.groups;
    if (crash?.['id'] !== requestId) return undefined;
    if (!OWN_TYPE.test(crash['type'] ?? '') && !OWN_WORDS.test(crash['text'] ?? '')) return undefined;
    return describeError(crash['type'] ?? 'Runtime.ExitError', crash['text'] ?? '');
  });

/**
 * Adds to the message of an error that Lambda refused the function's result. The Python client then ends its process:
 * https://github.com/DataBiosphere/azul/issues/7466
 */
export function withRefusal(error: ExecutionError, lines: readonly Line[]): ExecutionError {
  if (error.type !== 'Runtime.ExitError') return error;
  const reason = lastMatch(lines, (message) => REFUSED_ANSWER.exec(message)?.groups);
  if (!reason) return error;
  const message = `${error.message.replace(/\.$/, '')}. Lambda refused its answer: ${reason['text'] ?? TOO_LARGE}`;
  return { ...error, message };
}

/**
 * Lambda refused the function's result, and the client's process goes on, so the report has no status. The record must
 * be the last line of the run, because a function may print the log of another function:
 * https://github.com/aws/aws-lambda-cpp (runtime.cpp)
 */
export const refusedAnswer: ErrorReader = (lines) => tooLarge(lines.at(-1)?.event.message ?? '');

/** The same, but not in the last line: extensions may write after it. */
export const suspectedRefusal: ErrorReader = (lines) => lastMatch(lines, tooLarge);

function tooLarge(message: string): ExecutionError | undefined {
  return REFUSED_ANSWER.test(message) ? describeError('Function.ResponseSizeTooLarge', TOO_LARGE) : undefined;
}
