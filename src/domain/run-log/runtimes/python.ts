/**
 * Python: https://github.com/aws/aws-lambda-python-runtime-interface-client (bootstrap.py, log_error). The client
 * writes the whole record as one event. Of what a function prints, each line is a separate event.
 */
import { asRecord, parseRecord } from '../../foreign-json.ts';
import { describeError, errorFromRecord } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch, mayBeCut, unquote } from './error-reader.ts';

/** `[ERROR] Type: message` or `[ERROR] Type`. Python's logging module writes a tab after `]`, which does not match. */
const FIRST_LINE = /^\[ERROR\] (?<type>[^\s:[\]]+)(?:: (?<message>.*))?$/s;
const ODD_FIRST_LINE = /^\[ERROR\] (?<type>[^\n]+?)(?:: (?<message>.*))?$/s;
/** How many lines at the end of a run are searched. This is more than a trace normally has. */
const MOST_SPLIT_LINES = 2_000;
const TRACEBACK = 'Traceback (most recent call last):';

export const pythonTextError: ErrorReader = (lines) => lastMatch(lines, readText);

/**
 * Records whose error type has an unusual name: `type('My error', (Exception,), {})` creates a class with a space in
 * its name. Then it is not certain where the type ends.
 */
export const pythonSuspectedText: ErrorReader = (lines) =>
  lastMatch(lines, (message) => readText(message, ODD_FIRST_LINE));

function readText(message: string, firstLine = FIRST_LINE): ExecutionError | undefined {
  if (!message.startsWith('[ERROR] ')) return undefined;
  const lines = message.split(/\r\n|\n|\r/);
  // The last traceback is that of the error, because the message may quote the traceback of another error.
  const header = lines.lastIndexOf(TRACEBACK);
  if (header < 1 && !mayBeCut(message)) return undefined;
  const head = lines.slice(0, header < 1 ? lines.length : header).join('\n');
  const { type, message: text = '' } = firstLine.exec(head)?.groups ?? {};
  if (type === undefined) return undefined;
  const frames = header < 1 ? [] : lines.slice(header + 1).filter((line) => line.trim() !== '');
  // A traceback that Python itself formats, for example for a logger, ends with the error and is not the client's.
  if (frames.some((line) => !/^[\u00a0 \t]/.test(line))) return undefined;
  return describeError(
    type,
    text,
    frames.map((line) => line.replaceAll('\u00a0', ' ')),
  );
}

/**
 * The same record with every line as a separate event. The client writes it in this way if it has no telemetry pipe
 * (`_LAMBDA_TELEMETRY_LOG_FD`), which only managed runtimes have. The record is then the last text of the run. Python's
 * print_exc() writes another form: it repeats the error below the frames.
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

/** JSON format: the client's record has only these members. An exception that a function logs also has others. */
export const pythonJsonError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = errorRecord(message, requestId);
    return body && Object.keys(body).every((name) => MEMBERS.has(name)) ? errorFromRecord(body) : undefined;
  });

/** Records with other members: from a logger of the function, or from a client of a newer version. */
export const pythonSuspectedJson: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = errorRecord(message, requestId);
    return body && !('message' in body) && !('logger' in body) ? errorFromRecord(body) : undefined;
  });

/** A record of the level ERROR with this request id. Before the first invocation, the id in the record is empty. */
function errorRecord(message: string, requestId: string): Record<string, unknown> | undefined {
  if (!message.startsWith('{') || !message.includes('"ERROR"')) return undefined;
  const whole = parseRecord(message);
  const body = whole ?? cutRecord(message);
  if ((body?.['level'] ?? body?.['log_level']) !== 'ERROR') return undefined;
  const id = body?.['requestId'];
  return id === requestId || id === '' || (id === undefined && !whole) ? body : undefined;
}

/** The members that are still whole in a record that the platform has cut. */
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
