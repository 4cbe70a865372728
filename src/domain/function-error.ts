/**
 * Decides from the error of a Lambda runtime how a function failed. An exception, a timeout, a crash and a lack of
 * memory all arrive as HTTP 200 with a payload: https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html
 */
import { asRecord, asText, parseRecord } from './foreign-json.ts';
import type { ErrorKind, ExecutionError } from './outcome.ts';
import type { Report } from './run-log/report.ts';

const OUT_OF_MEMORY_TYPES = new Set(['Runtime.OutOfMemory', 'MemoryError', 'java.lang.OutOfMemoryError']);
/**
 * The message of a timeout without an error type. It comes from older versions of Lambda, from the runtime interface
 * emulator, and from dead letters, which have only the message.
 */
const OLD_TIMEOUT = /^(?:\S+ \S+ (?:Error: )?)?Task timed out after [\d.]+ seconds/;
/** How many characters of an answer are shown if the answer is not an error object. */
const EXCERPT = 500;
/** The most causes of a Java exception that are shown. More would be hard to read, and a cause may contain itself. */
const MAX_CAUSES = 10;
const CAUSE_EXCERPT = 2_000;

/** The error in the payload of an answer that carries `X-Amz-Function-Error`. */
export function functionError(payload: string): ExecutionError {
  const body = parseRecord(payload);
  return (body && errorFromRecord(body)) ?? describeError(undefined, excerpt(payload));
}

/** The error in an object with `errorType` or `errorMessage`, as every runtime writes it, or undefined. */
export function errorFromRecord(body: Record<string, unknown>): ExecutionError | undefined {
  const type = asText(body['errorType']);
  const message = messageText(body['errorMessage']);
  if (type === undefined && message === undefined) return undefined;
  return describeError(type, message ?? '', [...framesOf(body), ...causesOf(body)]);
}

/** The message as text: a custom runtime may send any JSON as the message. */
function messageText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    return asText(value) ?? JSON.stringify(value);
  } catch {
    return 'The message is nested too deeply to be shown.';
  }
}

/** The stack trace. Python and Java call it stackTrace; Node calls it trace in the payload and stack in its log. */
function framesOf(body: Record<string, unknown>): string[] {
  const stack = [body['stackTrace'], body['trace'], body['stack']].find(
    (one) => Array.isArray(one) && one.length > 0,
  );
  return Array.isArray(stack) ? stack.map(frameText) : [];
}

/**
 * The exceptions that led to this one, as lines in the form of Java's own traces. In Java's runtime, `cause` has the
 * same members as the error, and may have a `cause`, too (seen in
 * https://github.com/aws/aws-toolkit-azure-devops/issues/137).
 */
function causesOf(body: Record<string, unknown>): string[] {
  const lines: string[] = [];
  let cause = asRecord(body['cause']);
  for (let depth = 0; cause !== undefined && depth < MAX_CAUSES; depth += 1) {
    const what = [asText(cause['errorType']), messageText(cause['errorMessage'])].filter(Boolean).join(': ');
    if (what !== '') lines.push(`Caused by: ${excerpt(what, CAUSE_EXCERPT)}`, ...framesOf(cause));
    cause = asRecord(cause['cause']);
  }
  return lines;
}

/** An error of a function in the form of the ledger. Lambda's error type and message decide its kind. */
export function describeError(type: string | undefined, message: string, stack?: string[]): ExecutionError {
  return {
    kind: kindOf(type, message),
    ...(type && { type }),
    message: message || `The function failed${type ? ` with ${type}` : ''} and gave no message.`,
    ...(stack && stack.length > 0 && { stack_trace: stack }),
    retryable: true,
  };
}

/** The failure that a report shows; undefined if the report shows none. */
export function errorFromReport(report: Report): ExecutionError | undefined {
  const { status, errorType, billing } = report;
  if (status === undefined || status === 'success') return undefined;
  if (status === 'timeout') {
    const seconds =
      billing.duration_ms === undefined ? '' : ` after ${(billing.duration_ms / 1000).toFixed(2)} seconds`;
    return describeError('Sandbox.Timedout', `Task timed out${seconds}`);
  }
  const { max_memory_mb: used, memory_mb: size } = billing;
  const full = errorType === 'Runtime.ExitError' && used !== undefined && size !== undefined && used >= size;
  const cause = full ? `, having used all ${size} MB of its memory` : '';
  const error = describeError(
    errorType,
    `The function failed with ${errorType ?? `status ${status}`}${cause}.`,
  );
  return full ? { ...error, kind: 'out_of_memory' } : error;
}

function kindOf(type: string | undefined, message: string): ErrorKind {
  if (type === 'Sandbox.Timedout' || (type === undefined && OLD_TIMEOUT.test(message))) return 'timed_out';
  if (type !== undefined && OUT_OF_MEMORY_TYPES.has(type)) return 'out_of_memory';
  // The kernel kills a process that needs more memory than the function has, and Lambda reports only the signal.
  const killed = message.includes('Runtime exited') && message.includes('signal: killed');
  return killed ? 'out_of_memory' : 'function_error';
}

function frameText(frame: unknown): string {
  return asText(frame) ?? JSON.stringify(asRecord(frame) ?? frame) ?? '';
}

function excerpt(payload: string, length = EXCERPT): string {
  const text = payload.trim();
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
