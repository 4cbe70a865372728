/** Node.js: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client (LogPatch.js, CallbackContext.js). */
import { asRecord, parseRecord } from '../../foreign-json.ts';
import { describeError, errorFromRecord } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch, mayBeCut, unquote } from './error-reader.ts';

/** `<time>⇥<id>⇥ERROR⇥Invoke Error ⇥{json}`. Only the client writes the space and the tab before the brace. */
const RECORD =
  /^\S+\t(?<id>\S+)\tERROR\t(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection) \t(?<json>\{.*)$/s;

export const nodeTextError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => readText(message, requestId));

/**
 * Records with the id `undefined`, which the client uses before its first invocation. They may be errors of the
 * initialization, or a function may have printed them.
 */
export const nodeSuspectedText: ErrorReader = (lines) =>
  lastMatch(lines, (message) => readText(message, 'undefined'));

function readText(message: string, requestId: string): ExecutionError | undefined {
  const { id, json } = RECORD.exec(message.trimEnd())?.groups ?? {};
  if (json === undefined || id !== requestId) return undefined;
  const body = parseRecord(json);
  return body ? errorFromRecord(body) : cutError(json, mayBeCut(message));
}

/**
 * A record that a layer has changed: layers that patch the console put a prefix before it (DataDog/dd-trace-js#2893).
 */
const CHANGED_TEXT = /^\S+\t\S+\tERROR\t.*(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection) \t/;
const CHANGED_JSON = /^\[dd\.trace_id=[^\]]*\] (?<type>[^\s:]*Error[^\s:]*): (?<message>[^\n]*)/;

export const nodeChangedText: ErrorReader = (lines) =>
  lastMatch(lines, (message) => {
    if (!CHANGED_TEXT.test(message)) return undefined;
    const at = message.indexOf(' \t{');
    const body = at < 0 ? undefined : parseRecord(message.slice(at + 2).trimEnd());
    return (body && errorFromRecord(body)) ?? describeError(undefined, 'The runtime logged an error.');
  });

export const nodeChangedJson: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const text = errorRecord(message, requestId)?.['message'];
    const { type, message: own = '' } = (typeof text === 'string' && CHANGED_JSON.exec(text)?.groups) || {};
    return type === undefined ? undefined : describeError(type, own);
  });

/** The error in a record of which the end is missing: it was cut at 256 KB, or continues in another event. */
function cutError(json: string, cut: boolean): ExecutionError | undefined {
  const { type, message } =
    /^\{"errorType":(?<type>"(?:[^"\\]|\\.)*"),"errorMessage":(?<message>"(?:[^"\\]|\\.)*)/.exec(json)
      ?.groups ?? {};
  if (type === undefined || message === undefined) return undefined;
  if (!cut && json.endsWith('}')) return undefined;
  return describeError(unquote(type), unquote(`${message}"`));
}

const CIRCULAR = /^<ref \*1> (?<type>[^\s:]+)(?:: (?<message>[^\n]*))?\n {4}at /;
/**
 * The frame of the client's `Errors2.intoError`, which makes an Error of a thrown string or object. The trace of an
 * error that a function itself creates does not have it.
 */
const THROWN_VALUE = /^\s*at (?:\w+\.)?intoError \(/;

/**
 * JSON format: in the client's record, `message` is the error object. A function writes the same record with
 * `console.error(error)`. So only two kinds of records are certainly the client's: its own errors, and values that were
 * thrown but are no Error.
 */
export const nodeJsonError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = loggedAlone(message, requestId);
    const trace = body?.['stackTrace'];
    if (!body || !Array.isArray(trace)) return undefined;
    // In the record of a client's own error, the type is without `Runtime.`; the trace has the whole type.
    const [ownType] = /^Runtime\.\w+/.exec(String(trace[0])) ?? [];
    if (ownType !== undefined) return errorFromRecord({ ...body, errorType: ownType });
    return trace.slice(1, 4).some(isThrownValue) ? errorFromRecord(body) : undefined;
  });

/**
 * The record may be anywhere in the run, because the timers of a function may still write lines after it has failed.
 */
export const nodeSuspectedJson: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = errorRecord(message, requestId)?.['message'];
    const alone = asRecord(body);
    if (alone && Array.isArray(alone['stackTrace'])) return errorFromRecord(alone);
    return circularError(body) ?? cutJsonError(message, requestId);
  });

/** An error that contains itself cannot be JSON, so the client writes it as `util.inspect` shows it. */
function circularError(text: unknown): ExecutionError | undefined {
  const { type, message } = (typeof text === 'string' && CIRCULAR.exec(text)?.groups) || {};
  return type === undefined ? undefined : describeError(type, message ?? '');
}

function isThrownValue(frame: unknown): boolean {
  return typeof frame === 'string' && THROWN_VALUE.test(frame);
}

/** The object in a record of the level ERROR, if `message` is an object and not text. */
function loggedAlone(message: string, requestId: string): Record<string, unknown> | undefined {
  return asRecord(errorRecord(message, requestId)?.['message']);
}

function errorRecord(message: string, requestId: string): Record<string, unknown> | undefined {
  if (!message.startsWith('{') || !message.includes('"ERROR"')) return undefined;
  const body = parseRecord(message.replaceAll('\r', '\\n'));
  const own =
    body?.['level'] === 'ERROR' && (body['requestId'] === requestId || body['requestId'] === undefined);
  return own ? body : undefined;
}

function cutJsonError(message: string, requestId: string): ExecutionError | undefined {
  if (!mayBeCut(message) || !message.includes(`"level":"ERROR","requestId":"${requestId}"`)) return undefined;
  const at = message.indexOf('"message":{"errorType":');
  return at < 0 ? undefined : cutError(message.slice(at + '"message":'.length), true);
}
