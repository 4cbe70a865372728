/** Node.js: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client (LogPatch.js, CallbackContext.js). */
import { asRecord, parseRecord } from '../../foreign-json.ts';
import { describeError, errorFromRecord } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch, mayBeCut } from './error-reader.ts';

/** `<time>⇥<id>⇥ERROR⇥Invoke Error ⇥{json}`: the space and the tab before the brace are the client's own. */
const RECORD =
  /^\S+\t(?<id>\S+)\tERROR\t(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection) \t(?<json>\{.*)$/s;

export const nodeTextError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const { id, json } = RECORD.exec(message.trimEnd())?.groups ?? {};
    if (json === undefined || (id !== requestId && id !== 'undefined')) return undefined;
    const body = parseRecord(json);
    return body ? errorFromRecord(body) : cutError(json, mayBeCut(message));
  });

/** An error object may be cut at 256 KB, or by another event that continues it: its first members are whole. */
function cutError(json: string, cut: boolean): ExecutionError | undefined {
  const { type, message } =
    /^\{"errorType":(?<type>"(?:[^"\\]|\\.)*"),"errorMessage":(?<message>"(?:[^"\\]|\\.)*)/.exec(json)
      ?.groups ?? {};
  if (type === undefined || message === undefined) return undefined;
  if (!cut && json.endsWith('}')) return undefined;
  return describeError(unquote(type), unquote(`${message}"`));
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

/**
 * JSON: the client logs the error alone, so `message` is the error. `console.error(error)` of a user writes the same
 * record, so only the run's last line counts: after a failure the client writes nothing more.
 */
export const nodeJsonError: ErrorReader = (lines, requestId) => {
  const last = lines.at(-1)?.event.message ?? '';
  const body = last.startsWith('{') ? parseRecord(last.replaceAll('\r', '\\n')) : undefined;
  const error = asRecord(body?.['message']);
  const own =
    body?.['level'] === 'ERROR' && (body['requestId'] === requestId || body['requestId'] === undefined);
  if (!own || !error || !Array.isArray(error['stackTrace'])) return cutJsonError(last, requestId);
  return errorFromRecord(error);
};

function cutJsonError(message: string, requestId: string): ExecutionError | undefined {
  if (!mayBeCut(message) || !message.includes(`"level":"ERROR","requestId":"${requestId}"`)) return undefined;
  const at = message.indexOf('"message":{"errorType":');
  return at < 0 ? undefined : cutError(message.slice(at + '"message":'.length), true);
}
