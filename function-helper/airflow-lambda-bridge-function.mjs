/**
 * Helper for Lambda functions that airflow-lambda-bridge runs. Copy this file next to your handler.
 *
 *     import { bridgeFunction } from './airflow-lambda-bridge-function.mjs';
 *
 *     export const handler = bridgeFunction(async (payload, context, bridge) => {
 *       await bridge.heartbeat({ done: 10 });
 *       if (await bridge.cancelled()) return null;
 *       return { answer: 42 };
 *     });
 *
 * The handler receives the plain payload, whether the event is the payload, a pointer to it in S3, or an
 * envelope ("envelope": true in the request). With the envelope, the helper sends the outcome to the bridge; without
 * it, `bridge` does nothing. Requires Node 18, but no S3 permissions and no URL of the bridge.
 */
import { createHash } from 'node:crypto';

const ENVELOPE_VERSION = 1;
const POINTER_KEYS = ['s3_key', 's3_url', 'size', 'sha256', 'content_type'];
/** Larger results are uploaded to S3 if the envelope allows it. */
const MAX_INLINE_RESULT_BYTES = 256 * 1024;
/** Lambda fails an invocation with a larger response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 - 10_240;
/** Minimum time between two heartbeats, and between two checks for cancellation. */
const HEARTBEAT_MS = 5_000;
const SHORT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Time kept for Lambda itself, which kills the function at its timeout. */
const RESERVE_MS = 500;
/** If the context does not provide the remaining time, as in a test. */
const ASSUMED_MS = 60_000;
/** Lambda bills a function also while it only waits for a retry. */
const MAX_RETRY_MS = 60_000;
const MAX_DELAY_MS = 5_000;

/** The payload is not the one that was staged, or this helper does not support the envelope's version. */
export class PayloadError extends Error {
  name = 'PayloadError';
}

/** A response other than success. */
class HttpError extends Error {
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/**
 * The attempt that this invocation belongs to, and the calls to the bridge. `executionId`, `attempt` and `deadlineAt`
 * (ISO 8601 text) are undefined if the event has no envelope.
 */
class Bridge {
  #callback;
  #s3;
  #cancelUrl;
  #remaining;
  #cancelled = false;
  #nextHeartbeat = Number.NEGATIVE_INFINITY;
  #nextCheck = Number.NEGATIVE_INFINITY;

  constructor(attempt, remaining) {
    this.executionId = attempt.execution_id;
    this.attempt = attempt.attempt;
    this.deadlineAt = attempt.deadline_at ?? undefined;
    this.#callback = attempt.reply?.callback;
    this.#s3 = attempt.reply?.s3;
    this.#cancelUrl = attempt.reply?.cancel?.get_url;
    this.#remaining = remaining;
  }

  /**
   * Sends the progress (any JSON), at most every 5 seconds. Resolves to true if the bridge accepted it. Never rejects,
   * neither if the bridge is unavailable nor if the progress cannot be encoded as JSON.
   */
  async heartbeat(progress) {
    const now = performance.now();
    if (!this.#callback || now < this.#nextHeartbeat) return false;
    this.#nextHeartbeat = now + HEARTBEAT_MS;
    try {
      return await this.#post(JSON.stringify({ type: 'heartbeat', progress }), SHORT_TIMEOUT_MS);
    } catch (error) {
      log(`heartbeat failed: ${reasonOf(error)}`);
      return false;
    }
  }

  /** Whether the execution was cancelled. Checks at most every 5 seconds; once true it stays true. */
  async cancelled() {
    const now = performance.now();
    if (this.#cancelled || now < this.#nextCheck) return this.#cancelled;
    this.#nextCheck = now + HEARTBEAT_MS;
    if (this.#cancelUrl) this.#cancelled = await objectExists(this.#cancelUrl);
    else await this.heartbeat();
    return this.#cancelled;
  }

  /** @param encoded the result as JSON @returns the reference to it if it was uploaded to S3 */
  async _succeed(encoded) {
    const bytes = Buffer.from(encoded);
    const ref = bytes.length > MAX_INLINE_RESULT_BYTES ? await this.#upload(bytes) : undefined;
    // No callback: it would contain the whole result. The outcome in S3 is enough.
    if (ref && (await this.#put(JSON.stringify({ status: 'succeeded', result_ref: ref })))) return ref;
    await this.#sendOutcome(
      `{"status":"succeeded","result":${encoded}}`,
      `{"type":"succeeded","result":${encoded}}`,
    );
    return ref;
  }

  async _fail(thrown) {
    const error = thrown instanceof Error ? thrown : undefined;
    const details = {
      type: String(error ? error.name : typeof thrown).slice(0, 500),
      message: messageOf(error ? error.message : thrown),
      stack_trace: error?.stack?.split('\n') ?? [],
    };
    const encode = (key) => JSON.stringify({ [key]: 'failed', error: details });
    await this.#sendOutcome(encode('status'), encode('type'));
  }

  async #sendOutcome(document, body) {
    if (this.#s3) await this.#put(document);
    if (this.#callback)
      await this.#try('callback to the bridge', (ms) => this.#post(body, Math.min(REQUEST_TIMEOUT_MS, ms)));
  }

  async #upload(bytes) {
    const url = this.#s3?.result_put_url;
    if (!url || !(await this.#putTo(url, bytes, 'upload of the result to S3'))) return undefined;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { size: bytes.length, sha256, content_type: 'application/json' };
  }

  #put(document) {
    return this.#putTo(this.#s3.put_url, document, 'upload of the outcome to S3');
  }

  async #putTo(url, body, what) {
    const headers = { 'Content-Type': 'application/json', ...this.#s3.headers };
    const put = () => send('PUT', url, remainingMs(this.#remaining), { body, headers });
    return (await this.#try(what, put)) !== undefined;
  }

  async #post(body, ms) {
    const { url, token } = this.#callback;
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
    const response = JSON.parse((await send('POST', url, ms, { body, headers })).toString());
    if (!isObject(response)) throw new SyntaxError("the bridge's response is not a JSON object");
    if (response.cancel === true) this.#cancelled = true;
    return response.accepted === true;
  }

  /** The call's result, or undefined if it failed: the work is done, so the function must not fail. */
  async #try(what, call) {
    // If S3 does not respond, time must remain for the callback.
    const share = this.#s3 && this.#callback ? 0.5 : 1;
    try {
      return await withRetries(retryBudget(this.#remaining, share), call);
    } catch (error) {
      log(`${what} failed: ${reasonOf(error)}`);
      return undefined;
    }
  }
}

/** Makes a Lambda handler from a function with the arguments (payload, context, bridge). */
export function bridgeFunction(handler) {
  return async (event, context) => {
    const started = performance.now();
    const remaining = () =>
      context?.getRemainingTimeInMillis?.() ?? ASSUMED_MS - (performance.now() - started);
    const enveloped = isEnvelope(event);
    const bridge = new Bridge(enveloped ? event.bridge : {}, remaining);
    let result;
    let encoded;
    try {
      result = await handler(await payloadOf(event, enveloped, remaining), context, bridge);
      // No outcome to send: the runtime encodes the result as without this helper.
      if (!enveloped) return result;
      encoded = JSON.stringify(result ?? null) ?? 'null';
    } catch (error) {
      await bridge._fail(error);
      throw error;
    }
    const ref = await bridge._succeed(encoded);
    return ref && ref.size > MAX_RESPONSE_BYTES ? { result_ref: ref } : result;
  };
}

/** Whether the event is the bridge's envelope: the payload, or a pointer to it, and `bridge`. */
function isEnvelope(event) {
  const bridge = isObject(event) ? event.bridge : undefined;
  const others = isObject(event) ? Object.keys(event).filter((key) => key !== 'bridge') : [];
  const hasPayload = others.length === 1 && ['payload', 'payload_ref'].includes(others[0]);
  return hasPayload && isObject(bridge) && ['version', 'execution_id', 'reply'].every((key) => key in bridge);
}

/** The plain payload of the event. */
async function payloadOf(event, enveloped, remaining) {
  if (!enveloped) return isPointer(event) ? download(event, remaining) : event;
  const { version } = event.bridge;
  if (version !== ENVELOPE_VERSION)
    throw new PayloadError(`This helper does not support version ${version} of the envelope; update it.`);
  return 'payload_ref' in event ? download(event.payload_ref, remaining) : event.payload;
}

/** Whether the event is a pointer to the payload in S3. */
function isPointer(event) {
  return (
    isObject(event) &&
    ['s3_key', 's3_url', 'size'].every((key) => key in event) &&
    Object.keys(event).every((key) => POINTER_KEYS.includes(key))
  );
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Downloads a staged payload and verifies its size and SHA-256. */
async function download(pointer, remaining) {
  const { s3_key: key, s3_url: url, size, sha256, content_type: type = 'application/json' } = pointer;
  const body = await withRetries(retryBudget(remaining), () => send('GET', url, remainingMs(remaining)));
  if (size !== undefined && size !== body.length)
    throw new PayloadError(`${key} has ${body.length} bytes, not the ${size} that were staged.`);
  if (sha256 !== undefined && sha256 !== createHash('sha256').update(body).digest('hex'))
    throw new PayloadError(`The SHA-256 of ${key} differs from that of the staged payload.`);
  const kind = type.split(';')[0].trim().toLowerCase();
  if (kind === 'application/json' || kind.endsWith('+json')) return JSON.parse(body.toString());
  return kind.startsWith('text/') ? body.toString() : body;
}

/** For how many milliseconds a call may be retried: a share of the remaining time, up to a maximum. */
function retryBudget(remaining, share = 1) {
  return Math.min(MAX_RETRY_MS, remainingMs(remaining) * share);
}

/** The remaining time in milliseconds, all of which one transfer may use. */
function remainingMs(remaining) {
  return Math.max(100, remaining() - RESERVE_MS);
}

/** Retries a call for up to budgetMs after network errors, with exponential backoff and jitter. */
async function withRetries(budgetMs, call) {
  const deadline = performance.now() + budgetMs;
  for (let ceiling = 100; ; ceiling = Math.min(MAX_DELAY_MS, ceiling * 2)) {
    try {
      return await call(Math.max(100, deadline - performance.now()));
    } catch (error) {
      const delay = Math.random() * ceiling;
      if (!isRetryable(error) || performance.now() + delay > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}

/** Whether the same request may succeed later: no response, overload, or a server error. */
function isRetryable(error) {
  if (error instanceof HttpError) return error.status === 408 || error.status === 429 || error.status >= 500;
  return !(error instanceof SyntaxError) && error.cause?.code !== 'ERR_INVALID_URL';
}

/** Whether the object exists. If the URL cannot be read, it counts as missing. */
async function objectExists(url) {
  try {
    await send('GET', url, SHORT_TIMEOUT_MS);
    return true;
  } catch (error) {
    if (error.status !== 403 && error.status !== 404) log(`cancellation check failed: ${reasonOf(error)}`);
    return false;
  }
}

/** Sends one request. Rejects for everything but success. @returns the body's bytes */
async function send(method, url, ms, options = {}) {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(Math.ceil(ms)), ...options });
  const chunks = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  if (!response.ok) throw new HttpError(response.status);
  return Buffer.concat(chunks);
}

/** The reason of an error of fetch, whose message is only "fetch failed". Contains no URLs and tokens. */
function reasonOf(error) {
  return error.cause?.code ?? error.message;
}

/** The text of a thrown value; empty if it has none, since the outcome must be sent anyway. */
function messageOf(value) {
  try {
    return String(value);
  } catch {
    return '';
  }
}

function log(message) {
  console.error(`airflow-lambda-bridge: ${message}`);
}
