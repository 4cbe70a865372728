/**
 * For Lambda functions that airflow-lambda-bridge runs: copy this one file beside your handler.
 *
 *     import { bridgeFunction } from './airflow-lambda-bridge-function.mjs';
 *
 *     export const handler = bridgeFunction(async (payload, context, bridge) => {
 *       await bridge.heartbeat({ done: 10 });
 *       if (await bridge.cancelled()) return null;
 *       return { answer: 42 };
 *     });
 *
 * The handler gets the plain payload, whether the event was the payload itself, a pointer to it in S3, or the
 * envelope ("envelope": true in the request). With the envelope its outcome is reported to the bridge; without one,
 * `bridge` does nothing. Needs Node 18 or newer, no rights in S3 and no address of the bridge.
 */
import { createHash } from 'node:crypto';

const ENVELOPE_VERSION = 1;
const POINTER_KEYS = ['s3_key', 's3_url', 'size', 'sha256', 'content_type'];
/** Larger results travel through S3, where the envelope allows it. */
const INLINE_RESULT_BYTES = 256 * 1024;
/** Lambda fails an invocation that answers more: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ANSWER_BYTES = 6 * 1024 * 1024 - 10_240;
/** Between two heartbeats, and between two questions whether to stop. */
const SIGN_MS = 5_000;
const SIGN_TIMEOUT_MS = 3_000;
const SILENCE_MS = 30_000;
/** Left for Lambda itself, which kills the function at its timeout. */
const RESERVE_MS = 500;
/** Where the context does not tell how much time is left, as in a test. */
const ASSUMED_MS = 60_000;
/** A function that only waits for the other side is paid for. */
const PATIENCE_MS = 60_000;
const LONGEST_PAUSE_MS = 5_000;

/** The payload could not be opened: it is not what the event says, or the event is not for this helper. */
export class PayloadError extends Error {
  name = 'PayloadError';
}

/** The other side answered that it will not. */
class Refusal extends Error {
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/**
 * What the bridge told the function of its attempt, and the way back to it. `executionId`, `attempt` and `deadlineAt`
 * (ISO 8601 text) are undefined when the event carried no envelope.
 */
class Bridge {
  #callback;
  #s3;
  #cancelUrl;
  #remaining;
  #cancelled = false;
  #nextHeartbeat = Number.NEGATIVE_INFINITY;
  #nextQuestion = Number.NEGATIVE_INFINITY;

  constructor(told, remaining) {
    this.executionId = told.execution_id;
    this.attempt = told.attempt;
    this.deadlineAt = told.deadline_at ?? undefined;
    this.#callback = told.reply?.callback;
    this.#s3 = told.reply?.s3;
    this.#cancelUrl = told.reply?.cancel?.get_url;
    this.#remaining = remaining;
  }

  /**
   * Says that the function lives and how far it is (any JSON), at most every 5 seconds. Resolves to true when the
   * bridge took it; never rejects, neither for a bridge that is away nor for a progress that is no JSON.
   */
  async heartbeat(progress) {
    const now = performance.now();
    if (!this.#callback || now < this.#nextHeartbeat) return false;
    this.#nextHeartbeat = now + SIGN_MS;
    try {
      return await this.#post(JSON.stringify({ type: 'heartbeat', progress }), SIGN_TIMEOUT_MS);
    } catch (error) {
      say(`a heartbeat did not arrive: ${reasonOf(error)}`);
      return false;
    }
  }

  /** Whether somebody asked to stop. Asks at most every 5 seconds; once true it stays true. */
  async cancelled() {
    const now = performance.now();
    if (this.#cancelled || now < this.#nextQuestion) return this.#cancelled;
    this.#nextQuestion = now + SIGN_MS;
    if (this.#cancelUrl) this.#cancelled = await exists(this.#cancelUrl);
    else await this.heartbeat();
    return this.#cancelled;
  }

  /** @param encoded the result as JSON @returns the reference to it when it was uploaded to S3 */
  async _succeed(encoded) {
    const bytes = Buffer.from(encoded);
    const ref = bytes.length > INLINE_RESULT_BYTES ? await this.#upload(bytes) : undefined;
    // The callback could carry the result only whole: the report in S3 is the one that counts.
    if (ref && (await this.#put(JSON.stringify({ status: 'succeeded', result_ref: ref })))) return ref;
    await this.#report(
      `{"status":"succeeded","result":${encoded}}`,
      `{"type":"succeeded","result":${encoded}}`,
    );
    return ref;
  }

  async _fail(thrown) {
    const error = thrown instanceof Error ? thrown : undefined;
    const told = {
      type: String(error ? error.name : typeof thrown).slice(0, 500),
      message: textOf(error ? error.message : thrown),
      stack_trace: error?.stack?.split('\n') ?? [],
    };
    const report = (key) => JSON.stringify({ [key]: 'failed', error: told });
    await this.#report(report('status'), report('type'));
  }

  async #report(document, body) {
    if (this.#s3) await this.#put(document);
    if (this.#callback)
      await this.#persist('the report to the bridge', (ms) => this.#post(body, Math.min(SILENCE_MS, ms)));
  }

  async #upload(bytes) {
    const url = this.#s3?.result_put_url;
    if (!url || !(await this.#putTo(url, bytes, 'the result'))) return undefined;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { size: bytes.length, sha256, content_type: 'application/json' };
  }

  #put(document) {
    return this.#putTo(this.#s3.put_url, document, 'the report to S3');
  }

  async #putTo(url, body, what) {
    const headers = { 'Content-Type': 'application/json', ...this.#s3.headers };
    const put = () => send('PUT', url, left(this.#remaining), { body, headers });
    return (await this.#persist(what, put)) !== undefined;
  }

  async #post(body, ms) {
    const { url, token } = this.#callback;
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
    const answer = JSON.parse((await send('POST', url, ms, { body, headers })).toString());
    if (!isObject(answer)) throw new SyntaxError("the answer is no JSON object, so it is not the bridge's");
    if (answer.cancel === true) this.#cancelled = true;
    return answer.accepted === true;
  }

  /** The call's answer, or undefined: work that is done is not done again for a lost report. */
  async #persist(what, call) {
    // What S3 does not take must leave time for the callback.
    const share = this.#s3 && this.#callback ? 0.5 : 1;
    try {
      return await persist(patience(this.#remaining, share), call);
    } catch (error) {
      say(`${what} failed: ${reasonOf(error)}`);
      return undefined;
    }
  }
}

/** Makes a Lambda handler of a function that takes (payload, context, bridge). */
export function bridgeFunction(handler) {
  return async (event, context) => {
    const begun = performance.now();
    const remaining = () => context?.getRemainingTimeInMillis?.() ?? ASSUMED_MS - (performance.now() - begun);
    const enveloped = isEnvelope(event);
    const bridge = new Bridge(enveloped ? event.bridge : {}, remaining);
    let result;
    let encoded;
    try {
      result = await handler(await openEvent(event, enveloped, remaining), context, bridge);
      // Nobody to report to; what the runtime makes of it is the runtime's affair.
      if (!enveloped) return result;
      encoded = JSON.stringify(result ?? null) ?? 'null';
    } catch (error) {
      await bridge._fail(error);
      throw error;
    }
    const ref = await bridge._succeed(encoded);
    return ref && ref.size > ANSWER_BYTES ? { result_ref: ref } : result;
  };
}

/** Whether the event carries the payload beside what the bridge tells of the attempt. */
function isEnvelope(event) {
  const bridge = isObject(event) ? event.bridge : undefined;
  const others = isObject(event) ? Object.keys(event).filter((key) => key !== 'bridge') : [];
  const whole = others.length === 1 && ['payload', 'payload_ref'].includes(others[0]);
  return whole && isObject(bridge) && 'version' in bridge && 'execution_id' in bridge && 'reply' in bridge;
}

/** The plain payload of an event of any kind. */
async function openEvent(event, enveloped, remaining) {
  if (!enveloped) return isPointer(event) ? download(event, remaining) : event;
  const { version } = event.bridge;
  if (version !== ENVELOPE_VERSION)
    throw new PayloadError(`The envelope has version ${version}, which this helper is too old for.`);
  return 'payload_ref' in event ? download(event.payload_ref, remaining) : event.payload;
}

/** Whether the event only says where the payload lies. */
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

/** Fetches a staged payload and checks that it is the one that was staged. */
async function download(pointer, remaining) {
  const { s3_key: key, s3_url: url, size, sha256, content_type: type = 'application/json' } = pointer;
  const body = await persist(patience(remaining), () => send('GET', url, left(remaining)));
  if (size !== undefined && size !== body.length)
    throw new PayloadError(`${key} has ${body.length} bytes, not the ${size} that were staged.`);
  if (sha256 !== undefined && sha256 !== createHash('sha256').update(body).digest('hex'))
    throw new PayloadError(`${key} is not what was staged: its SHA-256 differs.`);
  const kind = type.split(';')[0].trim().toLowerCase();
  if (kind === 'application/json' || kind.endsWith('+json')) return JSON.parse(body.toString());
  return kind.startsWith('text/') ? body.toString() : body;
}

/** For how many milliseconds a call may be repeated: a share of what is left, but no waste of paid time. */
function patience(remaining, share = 1) {
  return Math.min(PATIENCE_MS, left(remaining) * share);
}

/** A transfer that goes on may take all of it. */
function left(remaining) {
  return Math.max(100, remaining() - RESERVE_MS);
}

/** Repeats a call that failed on the way, with growing random pauses, for so many milliseconds. */
async function persist(patienceMs, call) {
  const until = performance.now() + patienceMs;
  for (let pause = 100; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      return await call(Math.max(100, until - performance.now()));
    } catch (error) {
      const wait = Math.random() * pause;
      if (!isPassing(error) || performance.now() + wait > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Whether the same request may pass later: no answer, overload, or a fault of the other side. */
function isPassing(error) {
  if (error instanceof Refusal) return error.status === 408 || error.status === 429 || error.status >= 500;
  return !(error instanceof SyntaxError) && error.cause?.code !== 'ERR_INVALID_URL';
}

/** Whether an object is there. A URL that may not be read is no answer, so it counts as no. */
async function exists(url) {
  try {
    await send('GET', url, SIGN_TIMEOUT_MS);
    return true;
  } catch (error) {
    if (error.status !== 403 && error.status !== 404)
      say(`asking whether to stop failed: ${reasonOf(error)}`);
    return false;
  }
}

/** Sends one request, and rejects for everything but success. @returns the body's bytes */
async function send(method, url, ms, options = {}) {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(Math.ceil(ms)), ...options });
  const chunks = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  if (!response.ok) throw new Refusal(response.status);
  return Buffer.concat(chunks);
}

/** Of Node's fetch, whose own message says only that it failed; addresses and tokens never appear in it. */
function reasonOf(error) {
  return error.cause?.code ?? error.message;
}

/** Of whatever was thrown: what cannot even be put into words must be reported all the same. */
function textOf(value) {
  try {
    return String(value);
  } catch {
    return '';
  }
}

function say(message) {
  console.error(`airflow-lambda-bridge: ${message}`);
}
