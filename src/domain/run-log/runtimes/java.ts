/**
 * Java: https://github.com/aws/aws-lambda-java-libs (LambdaError, UserFault): `MESSAGE: TYPE`, then Java's own stack trace,
 * which begins with `TYPE: MESSAGE`. One event; in JSON format both are the text of `message`.
 */
import { asText, parseRecord } from '../../foreign-json.ts';
import { describeError } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch, mayBeCut } from './error-reader.ts';

/** More frames than any trace that we keep; a longer one is recognised all the same. */
const MOST_LINES = 2_000;
/** Of a message that is split into lines. */
const MOST_MESSAGE_LINES = 50;
/** Each is compared with the whole text. */
const MOST_CANDIDATES = 20;
const TYPE = /^(?:[\p{L}_$][\p{L}\p{N}_$]*\.)*[\p{L}_$][\p{L}\p{N}_$]*$/u;
const FRAME = /^\tat |^\t\.\.\. \d+ more$|^Caused by: |^\tSuppressed: |^\t+at /;
/** The client words these failures of its own otherwise than the exception in the trace does (EventHandlerLoader). */
const OWN_WORDS = /^(?:Class not found: \S+|Error loading (?:class \S+|method \S+ on class \S+))$/;
/** Those without an exception are one sentence, which a function may print as well. */
const UNUSABLE_HANDLER =
  /^(?:No public method named \S+ with appropriate method signature found on class \S+|Class \S+ (?:does not implement an appropriate handler interface|has no public zero-argument constructor|cannot be instantiated).*)$/;

export const javaTextError: ErrorReader = (lines) => lastMatch(lines, readRecord);

export const javaJsonError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (line) => readRecord(textOfRecord(line, requestId)));

/** The `message` of a JSON record of this invocation; empty where the line is none. */
function textOfRecord(line: string, requestId: string): string {
  const body = line.startsWith('{') ? parseRecord(line) : undefined;
  // The client's failures to load the handler name no invocation.
  const named = body?.['AWSRequestId'] ?? body?.['requestId'] ?? requestId;
  return named === requestId ? (asText(body?.['message']) ?? '') : '';
}

/**
 * The same where every line became an event of its own, as without the log descriptor of managed runtimes. The record is
 * then the last thing of the run.
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

/** Extensions may write after it. */
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
  // A message may have several lines: both of its copies have.
  for (let height = 1; height <= Math.min(head, MOST_MESSAGE_LINES); height += 1) {
    const first = head - height + 1;
    const [type] = /^[^\s:]+/.exec(all[first] ?? '') ?? [];
    if (type === undefined || !all[first - 1]?.endsWith(`: ${type}`)) continue;
    const error = readRecord(all.slice(Math.max(0, first - height), last + 1).join('\n'));
    if (error) return error;
  }
  return undefined;
}

/** A whole record: the second part repeats the first the other way round. */
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

/** An exception with a `toString()` of its own: `MESSAGE: TYPE`, then frames. Loggers may write the same. */
const CHANGED =
  /(?:^|\n)(?<message>[^\n]*): (?<type>(?:[\p{L}_$][\p{L}\p{N}_$]*\.)+[\p{L}_$][\p{L}\p{N}_$]*)\n(?:[^\n]*\n){0,20}?\tat /u;
/** The same without frames, or of a class without a package: the next line begins with the type again. */
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
