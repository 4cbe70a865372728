/**
 * Java: https://github.com/aws/aws-lambda-java-libs (LambdaError, UserFault). The record is `MESSAGE: TYPE`, followed
 * by Java's own stack trace, which begins with `TYPE: MESSAGE`. It is one event. In JSON format, `message` contains
 * this text.
 */
import { asText, parseRecord } from '../../foreign-json.ts';
import { describeError } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch, mayBeCut } from './error-reader.ts';

/** How many lines at the end of a run are searched. This is more than a trace normally has. */
const MOST_LINES = 2_000;
/** The most lines of an error message that are tried. */
const MOST_MESSAGE_LINES = 50;
/**
 * The most lines that are tried as the beginning of the stack trace, because each one is compared with the whole text.
 */
const MOST_CANDIDATES = 20;
const TYPE = /^(?:[\p{L}_$][\p{L}\p{N}_$]*\.)*[\p{L}_$][\p{L}\p{N}_$]*$/u;
const FRAME = /^\tat |^\t\.\.\. \d+ more$|^Caused by: |^\tSuppressed: |^\t+at /;
/** Errors of the client itself. Their message differs from that of the exception in the trace (EventHandlerLoader). */
const OWN_WORDS = /^(?:Class not found: \S+|Error loading (?:class \S+|method \S+ on class \S+))$/;
/** Errors of the client without an exception. They are one sentence, which a function may print, too. */
const UNUSABLE_HANDLER =
  /^(?:No public method named \S+ with appropriate method signature found on class \S+|Class \S+ (?:does not implement an appropriate handler interface|has no public zero-argument constructor|cannot be instantiated).*)$/;

export const javaTextError: ErrorReader = (lines) => lastMatch(lines, readRecord);

export const javaJsonError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (line) => readRecord(textOfRecord(line, requestId)));

/** The `message` of a JSON record of this invocation; empty if the line is not such a record. */
function textOfRecord(line: string, requestId: string): string {
  const body = line.startsWith('{') ? parseRecord(line) : undefined;
  // If the client cannot load the handler, its record contains no request id.
  const named = body?.['AWSRequestId'] ?? body?.['requestId'] ?? requestId;
  return named === requestId ? (asText(body?.['message']) ?? '') : '';
}

/**
 * The same record with every line as a separate event. The client writes it in this way if it has no telemetry pipe
 * (`_LAMBDA_TELEMETRY_LOG_FD`), which only managed runtimes have. The record is then the last text of the run.
 */
export const javaSplitError: ErrorReader = (lines) => {
  const all = lines
    .slice(-MOST_LINES)
    .flatMap(({ event }) => event.message.trimEnd().split(/\r\n|\n|\r/))
    .slice(-MOST_LINES);
  return recordUpTo(
    all,
    all.findLastIndex((line) => line.trim() !== ''),
  );
};

/** The same, but not at the end of the run: extensions may write after it. */
export const javaSuspectedSplit: ErrorReader = (lines) => {
  const all = lines.slice(-MOST_LINES).map(({ event }) => event.message.trimEnd());
  for (let last = all.length - 1; last > 0; last -= 1) {
    const endsTrace = FRAME.test(all[last] ?? '') && !FRAME.test(all[last + 1] ?? '');
    const error = endsTrace ? recordUpTo(all, last) : undefined;
    if (error) return error;
  }
  return undefined;
};

/** The record whose trace ends with the line `last`. */
function recordUpTo(all: readonly string[], last: number): ExecutionError | undefined {
  let head = last;
  while (head > 0 && FRAME.test(all[head] ?? '')) head -= 1;
  if (head === last) return undefined;
  // The message may have several lines. It occurs twice in the record, with the same number of lines.
  for (let height = 1; height <= Math.min(head, MOST_MESSAGE_LINES); height += 1) {
    const first = head - height + 1;
    const [type] = /^[^\s:]+/.exec(all[first] ?? '') ?? [];
    if (type === undefined || !all[first - 1]?.endsWith(`: ${type}`)) continue;
    const error = readRecord(all.slice(Math.max(0, first - height), last + 1).join('\n'));
    if (error) return error;
  }
  return undefined;
}

/** Reads a whole record: `MESSAGE: TYPE`, and then a trace that begins with `TYPE: MESSAGE`. */
function readRecord(text: string): ExecutionError | undefined {
  const lines = text.trimEnd().split(/\r\n|\n|\r/);
  let tried = 0;
  for (let first = 1; first < lines.length; first += 1) {
    const [type = ''] = /^[^\s:]+/.exec(lines[first] ?? '') ?? [];
    if (!TYPE.test(type) || !lines[first - 1]?.endsWith(`: ${type}`)) continue;
    tried += 1;
    if (tried > MOST_CANDIDATES) return undefined;
    const before = lines.slice(0, first).join('\n');
    const message = before.slice(0, -`: ${type}`.length);
    const trace = lines.slice(first);
    if (isTraceOf(trace, type, message) || OWN_WORDS.test(message))
      return describeError(type, message === type || message === 'null' ? '' : message, trace);
  }
  return undefined;
}

/**
 * The record of an exception with its own `toString()`: `MESSAGE: TYPE`, then frames. Loggers may write the same form.
 */
const CHANGED =
  /(?:^|\n)(?<message>[^\n]*): (?<type>(?:[\p{L}_$][\p{L}\p{N}_$]*\.)+[\p{L}_$][\p{L}\p{N}_$]*)\n(?:[^\n]*\n){0,20}?\tat /u;
/** The same without frames, or with a class without a package. The next line begins with the type again. */
const REPEATED =
  /(?:^|\n)(?<message>[^\n]*): (?<type>[\p{L}_$][\p{L}\p{N}_$.]*)\n\k<type>(?![\p{L}\p{N}_$.])/u;

export const javaSuspectedText: ErrorReader = (lines) => lastMatch(lines, readChanged);

export const javaSuspectedJson: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (line) => readChanged(textOfRecord(line, requestId)));

function readChanged(text: string): ExecutionError | undefined {
  if (UNUSABLE_HANDLER.test(text.trimEnd())) return describeError(undefined, text.trimEnd());
  const found = (text.includes('\n\tat ') && CHANGED.exec(text)) || REPEATED.exec(text);
  const { type, message = '' } = found?.groups ?? {};
  return type === undefined ? undefined : describeError(type, message);
}

function isTraceOf(trace: readonly string[], type: string, message: string): boolean {
  const [head = ''] = trace;
  if (head === type) return message === type || message === 'null';
  const text = trace.join('\n');
  const repeated = `${type}: ${message}`;
  return (
    text === repeated || text.startsWith(`${repeated}\n`) || (mayBeCut(text) && repeated.startsWith(text))
  );
}
