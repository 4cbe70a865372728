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
/** More than any trace that we keep. */
const MOST_SPLIT_LINES = 2_000;
const TRACEBACK = 'Traceback (most recent call last):';

export const pythonTextError: ErrorReader = (lines) => lastMatch(lines, readText);

function readText(message: string): ExecutionError | undefined {
  if (!message.startsWith('[ERROR] ')) return undefined;
  const lines = message.split(/\r\n|\n|\r/);
  // The last one: the message may quote the traceback of another error.
  const header = lines.lastIndexOf(TRACEBACK);
  if (header < 1 && !mayBeCut(message)) return undefined;
  const head = lines.slice(0, header < 1 ? lines.length : header).join('\n');
  const { type, message: text = '' } = FIRST_LINE.exec(head)?.groups ?? {};
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

/**
 * JSON: the client's record has no `message` and no `logger`, which a logged exception has, and names the invocation;
 * before the first one its id is empty.
 */
export const pythonJsonError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    if (!message.startsWith('{') || !message.includes('"ERROR"')) return undefined;
    const whole = parseRecord(message);
    const body = whole ?? cutRecord(message);
    const id = body?.['requestId'];
    const own =
      // `log_level` was seen on AWS in September 2026
      (body?.['level'] ?? body?.['log_level']) === 'ERROR' &&
      !('message' in (body ?? {})) &&
      !('logger' in (body ?? {})) &&
      (id === requestId || id === '' || (id === undefined && !whole));
    return own && body ? errorFromRecord(body) : undefined;
  });

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
