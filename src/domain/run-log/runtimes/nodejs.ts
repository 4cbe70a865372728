/** Node.js: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client (LogPatch.js, CallbackContext.js). */
import { asRecord, parseRecord } from '../../foreign-json.ts';
import { describeError, errorFromRecord } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch, mayBeCut, unquote } from './error-reader.ts';

/** `<time>⇥<id>⇥ERROR⇥Invoke Error ⇥{json}`: the space and the tab before the brace are the client's own. */
const RECORD =
  /^\S+\t(?<id>\S+)\tERROR\t(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection) \t(?<json>\{.*)$/s;

export const nodeTextError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => readText(message, requestId));

/** Before its first invocation the client has no id: failures of the initialization, and what a function prints. */
export const nodeSuspectedText: ErrorReader = (lines) =>
  lastMatch(lines, (message) => readText(message, 'undefined'));

function readText(message: string, requestId: string): ExecutionError | undefined {
  const { id, json } = RECORD.exec(message.trimEnd())?.groups ?? {};
  if (json === undefined || id !== requestId) return undefined;
  const body = parseRecord(json);
  return body ? errorFromRecord(body) : cutError(json, mayBeCut(message));
}

/** Layers that patch the console put a prefix before the record (DataDog/dd-trace-js#2893), and errors have odd JSON. */
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

/** An error object may be cut at 256 KB, or by another event that continues it: its first members are whole. */
function cutError(json: string, cut: boolean): ExecutionError | undefined {
  const { type, message } =
    /^\{"errorType":(?<type>"(?:[^"\\]|\\.)*"),"errorMessage":(?<message>"(?:[^"\\]|\\.)*)/.exec(json)
      ?.groups ?? {};
  if (type === undefined || message === undefined) return undefined;
  if (!cut && json.endsWith('}')) return undefined;
  return describeError(unquote(type), unquote(`${message}"`));
}

const CIRCULAR = /^<ref \*1> (?<type>[^\s:]+)(?:: (?<message>[^\n]*))?\n {4}at /;
/** `Errors2.intoError` of the client makes an Error of a thrown string or object: no function of a user has this frame. */
const THROWN_VALUE = /^\s*at (?:\w+\.)?intoError \(/;

/**
 * JSON: the client logs the error alone, so `message` is the error, and `console.error(error)` of a function writes the
 * same record. Only errors of the client itself are surely the client's.
 */
export const nodeJsonError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = loggedAlone(message, requestId);
    const trace = body?.['stackTrace'];
    if (!body || !Array.isArray(trace)) return undefined;
    // The record of the client's own errors has their type without `Runtime.`; the trace has all of it.
    const [ownType] = /^Runtime\.\w+/.exec(String(trace[0])) ?? [];
    if (ownType !== undefined) return errorFromRecord({ ...body, errorType: ownType });
    return trace.slice(1, 4).some(isThrownValue) ? errorFromRecord(body) : undefined;
  });

/** Any place counts: a function that has failed may still write what its timers do. */
export const nodeSuspectedJson: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const body = errorRecord(message, requestId)?.['message'];
    const alone = asRecord(body);
    if (alone && Array.isArray(alone['stackTrace'])) return errorFromRecord(alone);
    return circularError(body) ?? cutJsonError(message, requestId);
  });

/** An error that has itself as a member is no JSON, so it is written as `util.inspect` shows it. */
function circularError(text: unknown): ExecutionError | undefined {
  const { type, message } = (typeof text === 'string' && CIRCULAR.exec(text)?.groups) || {};
  return type === undefined ? undefined : describeError(type, message ?? '');
}

function isThrownValue(frame: unknown): boolean {
  return typeof frame === 'string' && THROWN_VALUE.test(frame);
}

/** What a record of the level ERROR holds instead of a text. */
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
