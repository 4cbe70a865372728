/**
 * The error of a run, from its log. In text format REPORT is silent about an exception that the runtime handled, so the
 * line in which the runtime itself tells of it decides. Each form below is the runtime's own and unlike what logging
 * or print produce; a user's `print("[ERROR] …")` does not make a run fail.
 * Forms: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client and
 * https://github.com/aws/aws-lambda-python-runtime-interface-client
 */
import { asRecord, asText, parseRecord } from './foreign-json.ts';
import { describeError, errorFromRecord, errorFromReport } from './function-error.ts';
import type { ExecutionError } from './outcome.ts';
import type { LogEvent } from './run-log/log-event.ts';
import type { Report } from './run-log/report.ts';

type Reader = (message: string, requestId: string) => ExecutionError | undefined;

/** Why a run failed, or undefined when nothing says that it did. `preamble`: what came before its START. */
export function runError(
  lines: readonly LogEvent[],
  preamble: readonly LogEvent[],
  requestId: string,
  report: Report | undefined,
): ExecutionError | undefined {
  const reported = report && errorFromReport(report);
  if (report?.status === 'success') return undefined;
  if (reported && reported.kind !== 'function_error') return reported;
  const find = (readers: readonly Reader[]) =>
    lastMatch(lines, requestId, readers) ?? (reported && lastMatch(preamble, requestId, readers));
  if (!reported) return find(TEXT_READERS) ?? splitTraceback(lines);
  return find([recordReader(report?.errorType), ...TEXT_READERS]) ?? splitTraceback(lines) ?? reported;
}

function lastMatch(lines: readonly LogEvent[], requestId: string, readers: readonly Reader[]) {
  for (const read of readers) {
    for (const line of lines.toReversed()) {
      const error = read(line.message, requestId);
      if (error) return error;
    }
  }
  return undefined;
}

/** `<time> <id> Task timed out after 3.00 seconds`, as older Lambda wrote it */
const oldTimeout: Reader = (message, requestId) => {
  const [, id] = /^\d{4}-\S+ (\S+) Task timed out after [\d.]+ seconds/.exec(message) ?? [];
  return id === requestId ? describeError(undefined, message.trim()) : undefined;
};

/** `<time>⇥<id>⇥ERROR⇥Invoke Error ⇥{json}`; the id is `undefined` while the module loads */
const nodeError: Reader = (message) => {
  const [, json] =
    /^\S+\t\S+\tERROR\t(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection)\s+(\{[\s\S]*)$/.exec(
      message,
    ) ?? [];
  const body = json === undefined ? undefined : parseRecord(json);
  return body && errorFromRecord(body);
};

/** `[ERROR] ValueError: message`, then the traceback, all in one event; logging writes a tab after `[ERROR]` */
const pythonError: Reader = (message) =>
  message.startsWith('[ERROR] ') ? readTraceback(message) : undefined;

/** `RequestId: <id> Error: Runtime exited with error: exit status 1`, then the type on a line of its own */
const crash: Reader = (message, requestId) => {
  const [, id, text = '', type] =
    /^RequestId: (\S+) ((?:Error: Runtime|Process) exited[^\r\n]*)(?:[\r\n]+(\S+))?/.exec(message) ?? [];
  return id === requestId ? describeError(type ?? 'Runtime.ExitError', text) : undefined;
};

const TEXT_READERS = [oldTimeout, nodeError, pythonError, crash] as const;

/** JSON format: the error is a record's own, or that of its `message`. Applications write such records too. */
function recordReader(errorType: string | undefined): Reader {
  return (message) => {
    const body = message.startsWith('{') ? parseRecord(message) : undefined;
    if (!body || (asText(body['level']) ?? asText(body['log_level'])) !== 'ERROR') return undefined;
    const error = errorFromRecord(body) ?? errorFromRecord(asRecord(body['message']) ?? {});
    return errorType === undefined || error?.type === errorType ? error : undefined;
  };
}

/** The same where every line became an event of its own: the traceback is then the last thing before END. */
function splitTraceback(lines: readonly LogEvent[]): ExecutionError | undefined {
  const end = lines.findIndex(({ message }) => /^(?:END|REPORT) RequestId: /.test(message));
  const messages = lines.slice(0, end < 0 ? lines.length : end).map(({ message }) => message);
  return readTraceback(messages.join('\n'));
}

const TRACEBACK = 'Traceback (most recent call last):';

/**
 * An error whose traceback ends the text. Python's own print_exc() differs: it repeats the error below the frames.
 * Read line by line from the end, because a log is long and the text is the user's.
 */
function readTraceback(text: string): ExecutionError | undefined {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const header = lines.findLastIndex((line) => !/^[\u00a0 \t]/.test(line));
  if (lines[header] !== TRACEBACK) return undefined;
  const first = lines.findLastIndex((line, index) => index < header && line.startsWith('[ERROR] '));
  const [, type, message = ''] = /^\[ERROR\] ([\w.]+)(?:: (.*))?$/.exec(lines[first] ?? '') ?? [];
  if (type === undefined) return undefined;
  const frames = lines.slice(header + 1).map((line) => line.replaceAll('\u00a0', ' '));
  return describeError(type, [message, ...lines.slice(first + 1, header)].join('\n'), frames);
}
