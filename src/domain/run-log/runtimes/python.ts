/**
 * Python: https://github.com/aws/aws-lambda-python-runtime-interface-client (bootstrap.py, log_error). One event with the
 * whole record, since the client writes it as one frame; each printed line is an event of its own.
 */
import { asRecord, parseRecord } from '../../foreign-json.ts';
import { describeError, errorFromRecord } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch, mayBeCut, unquote } from './error-reader.ts';

/** `[ERROR] Type: message` or `[ERROR] Type`; Python's logging writes a tab after `[ERROR]`. */
const FIRST_LINE = /^\[ERROR\] (?<type>[^\s:[\]]+)(?:: (?<message>.*))?$/s;
const ODD_FIRST_LINE = /^\[ERROR\] (?<type>[^\n]+?)(?:: (?<message>.*))?$/s;
/** More than any trace that we keep. */
const MOST_SPLIT_LINES = 2_000;
const TRACEBACK = 'Traceback (most recent call last):';

export const pythonTextError: ErrorReader = (lines) => lastMatch(lines, readText);

/** `type('My error', (Exception,), {})` gives names that no class statement can, so where the type ends is not known. */
export const pythonSuspectedText: ErrorReader = (lines) =>
  lastMatch(lines, (message) => readText(message, ODD_FIRST_LINE));

function readText(message: string, firstLine = FIRST_LINE): ExecutionError | undefined {
  if (!message.startsWith('[ERROR] ')) return undefined;
  const lines = message.split(/\r\n|\n|\r/);
  // The last one: the message may quote the traceback of another error.
  const header = lines.lastIndexOf(TRACEBACK);
  if (header < 1 && !mayBeCut(message)) return undefined;
  const head = lines.slice(0, header < 1 ? lines.length : header).join('\n');
  const { type, message: text = '' } = firstLine.exec(head)?.groups ?? {};
  if (type === undefined) return undefined;
  const frames = header < 1 ? [] : lines.slice(header + 1).filter((line) => line.trim() !== '');
  // Python's own tracebacks, as loggers write them, end with the error.
  if (frames.some((line) => !/^[\u00a0 \t]/.test(line))) return undefined;
  return describeError(
    type,
    text,
    frames.map((line) => line.replaceAll('\u00a0', ' ')),
  );
}

/**
 * The same where every line became an event of its own, as without the log descriptor of managed runtimes. The record is
 * then the last thing of the run. Python's print_exc() differs: it repeats the error below the frames.
 */
export const pythonSplitError: ErrorReader = (lines) => {
  const messages = lines.slice(-MOST_SPLIT_LINES).flatMap(({ event }) => event.message.split(/\r\n|\n|\r/));
  const text = messages.filter((line) => line.trim() !== '');
  const header = text.findLastIndex((line) => !/^[\u00a0 \t]/.test(line));
  if (text[header] !== TRACEBACK) return undefined;
  const first = text.findLastIndex((line, at) => at < header && line.startsWith('[ERROR] '));
  return first < 0 ? undefined : readText(text.slice(first).join('\n'));
};

/** All members of the client's record; `log_level` was seen on AWS in September 2026. */
const MEMBERS = new Set([
  'timestamp',
  'level',
  'log_level',
  'errorMessage',
  'errorType',
  'requestId',
  'tenantId',
  'stackTrace',
  'location',
]);

/** JSON: the client's record has these members alone, which a logged exception has not. */
export const pythonJsonError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = errorRecord(message, requestId);
    return body && Object.keys(body).every((name) => MEMBERS.has(name)) ? errorFromRecord(body) : undefined;
  });

/** A structured logger of the function's own, or a client that writes further members. */
export const pythonSuspectedJson: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = errorRecord(message, requestId);
    return body && !('message' in body) && !('logger' in body) ? errorFromRecord(body) : undefined;
  });

/** A record of the level ERROR that names the invocation; before the first one its id is empty. */
function errorRecord(message: string, requestId: string): Record<string, unknown> | undefined {
  if (!message.startsWith('{') || !message.includes('"ERROR"')) return undefined;
  const whole = parseRecord(message);
  const body = whole ?? cutRecord(message);
  if ((body?.['level'] ?? body?.['log_level']) !== 'ERROR') return undefined;
  const id = body?.['requestId'];
  return id === requestId || id === '' || (id === undefined && !whole) ? body : undefined;
}

/** Of a record that the platform cut: the members that are still whole. */
function cutRecord(message: string): Record<string, unknown> | undefined {
  if (!mayBeCut(message)) return undefined;
  const member = (name: string) => {
    const [, text] = new RegExp(`"${name}": ("(?:[^"\\\\]|\\\\.)*")`).exec(message) ?? [];
    return text === undefined ? {} : { [name]: unquote(text) };
  };
  const [, started] = /"errorMessage": "((?:[^"\\]|\\.)*)/.exec(message.slice(0, 4_096)) ?? [];
  return asRecord({
    ...(started !== undefined && { errorMessage: started }),
    ...member('level'),
    ...member('log_level'),
    ...member('errorType'),
    ...member('requestId'),
  });
}
