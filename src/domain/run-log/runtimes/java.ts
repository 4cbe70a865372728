/**
 * Java: https://github.com/aws/aws-lambda-java-libs (LambdaError, UserFault): `MESSAGE: TYPE`, then Java's own stack trace,
 * which begins with `TYPE: MESSAGE`; in JSON format both are the text of `message`.
 */
import { asText, parseRecord } from '../../foreign-json.ts';
import { describeError } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import type { ErrorReader } from './error-reader.ts';

/** More frames than any trace that we keep; a longer one is recognised all the same. */
const MOST_LINES = 2_000;
const TYPE = /^(?:[\p{L}_$][\p{L}\p{N}_$]*\.)*[\p{L}_$][\p{L}\p{N}_$]*$/u;
const FRAME = /^\tat |^\t\.\.\. \d+ more$|^Caused by: |^\tSuppressed: |^\t+at /;

export const javaTextError: ErrorReader = (lines) => {
  const text = lines
    .slice(-MOST_LINES)
    .map(({ event }) => event.message.replace(/\r?\n$/, ''))
    .join('\n');
  return readTrace(text.split(/\r\n|\n|\r/));
};

export const javaJsonError: ErrorReader = (lines, requestId) => {
  for (const { event } of lines.toReversed()) {
    const body = event.message.startsWith('{') ? parseRecord(event.message) : undefined;
    if (!body || (body['AWSRequestId'] ?? body['requestId']) !== requestId) continue;
    const error = readTrace((asText(body['message']) ?? '').trimEnd().split(/\r\n|\n|\r/));
    if (error) return error;
  }
  return undefined;
};

/** A trace at the end of the lines whose first line repeats the line before it the other way round. */
function readTrace(lines: readonly string[]): ExecutionError | undefined {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  let at = last;
  while (at >= 0 && FRAME.test(lines[at] ?? '')) at -= 1;
  if (at === last) return undefined;
  // A message may have several lines: both of its copies have.
  for (let first = at; first >= 1; first -= 1) {
    const head = lines.slice(first, at + 1).join('\n');
    const [type = '', message] = splitHead(head);
    if (!TYPE.test(type)) continue;
    const echo = `${message ?? 'null'}: ${type}`;
    const start = first - (echo.split('\n').length - 1) - 1;
    if (start >= 0 && lines.slice(start, first).join('\n') === echo)
      return describeError(type, message ?? '', lines.slice(first, last + 1));
  }
  return undefined;
}

/** `TYPE: MESSAGE`, or `TYPE` alone where the exception has no message. */
function splitHead(head: string): [string, string | undefined] {
  const colon = head.indexOf(': ');
  return colon < 0 ? [head, undefined] : [head.slice(0, colon), head.slice(colon + 2)];
}
