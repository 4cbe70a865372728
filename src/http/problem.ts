import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { BridgeError, type Fault } from '../domain/errors.ts';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Invalid request',
  500: 'Internal error',
  502: 'AWS refused',
  503: 'Unavailable',
};

interface Problem {
  status: number;
  code: string;
  detail: string;
  faults?: Fault[];
}

export function sendProblem(response: Response, { status, code, detail, faults = [] }: Problem): void {
  const title = TITLES[status] ?? 'Error';
  const type = `urn:airflow-lambda-bridge:problem:${code}`;
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type, title, status, detail, code, ...(faults.length > 0 ? { faults } : {}) }));
}

/** The one place where an error becomes an answer. What we did not foresee is logged whole and told in one word. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const { method, path } = request;
    if (response.headersSent || hasLeft(request)) {
      log.info({ err: error, method, path }, 'a request or its answer broke off');
      response.destroy();
      return;
    }
    const known = error instanceof BridgeError ? error : fromExpress(error);
    if (known.httpStatus >= 500) log.error({ err: error, method, path }, 'request failed');
    if (known.retryAfter !== undefined) response.setHeader('Retry-After', known.retryAfter);
    // The rest of a body that nobody wants would have to be read, all of it, before the next request.
    if (hasUnreadBody(request)) response.setHeader('Connection', 'close');
    sendProblem(response, {
      status: known.httpStatus,
      code: known.code,
      detail: known.message,
      faults: known.faults,
    });
  };
}

/** The connection broke before the request was whole. */
function hasLeft(request: Request): boolean {
  return request.destroyed && !request.complete;
}

function hasUnreadBody({ headers, readableEnded }: Request): boolean {
  const sent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return sent && !readableEnded;
}

/** Errors of express and its body parsers carry `type` and `status`; anything else is our own fault. */
function fromExpress(error: unknown): BridgeError {
  const { type, status, limit } = (error ?? {}) as { type?: string; status?: number; limit?: number };
  if (type === 'entity.too.large')
    return new BridgeError(
      'body_too_large',
      413,
      `The body is longer than ${limit} bytes. Stage large payloads with POST /v1/payloads and give payload_ref.`,
    );
  if (status !== undefined && status >= 400 && status < 500)
    return new BridgeError('bad_request', status, `The request could not be read (${type ?? 'malformed'}).`);
  if (isDatabaseDown(error))
    return new BridgeError(
      'unavailable',
      503,
      // It may break off after a write: without a key the caller cannot know.
      'The ledger cannot be reached, and whether it took a change is not known. Try again; a submit is safe to ' +
        'repeat under an idempotency key.',
      {
        retryable: true,
        retryAfter: 2,
      },
    );
  return new BridgeError('internal_error', 500, 'The bridge failed at this request; its log says why.');
}

/**
 * SQLSTATEs of an outage: connection (08), resources such as connection slots (53), shutdown (57P), a statement or lock
 * that took too long (57014, 55P03), a server that is only a standby for now (25006):
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const OUTAGE_STATES = /^(?:08...|53...|57P..|57014|55P03|25006)$/;
/** Node's codes of connections and of name servers, which a container that restarts has none of for a while. */
const OUTAGE_CODES = /^E(?:CONN(?:REFUSED|RESET)|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|PIPE|TIMEDOUT)$/;
/** pg's own, which have no code. */
const OUTAGE_TEXTS =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|is not queryable/;

function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return OUTAGE_STATES.test(code) || OUTAGE_CODES.test(code);
  return OUTAGE_TEXTS.test(error.message);
}
