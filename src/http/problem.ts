import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { BridgeError, type ValidationError } from '../domain/errors.ts';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Invalid request',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'AWS refused',
  503: 'Unavailable',
};

interface Problem {
  status: number;
  code: string;
  detail: string;
  validationErrors?: ValidationError[];
}

export function sendProblem(
  response: Response,
  { status, code, detail, validationErrors = [] }: Problem,
): void {
  const title = TITLES[status] ?? 'Error';
  const type = `urn:airflow-lambda-bridge:problem:${code}`;
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type,
        title,
        status,
        detail,
        code,
        ...(validationErrors.length > 0 ? { faults: validationErrors } : {}),
      }),
    );
}

/**
 * The only code that turns an error into a response. An unexpected error is logged in full, but its response has no
 * details.
 */
export function problemHandler(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const { method, path } = request;
    if (response.headersSent || isAborted(request)) {
      log.info({ err: error, method, path }, 'the connection broke during a request or its response');
      response.destroy();
      return;
    }
    const known = error instanceof BridgeError ? error : fromExpress(error);
    if (known.httpStatus >= 500) log.error({ err: error, method, path }, 'request failed');
    if (known.httpStatus === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (known.retryAfter !== undefined) response.setHeader('Retry-After', known.retryAfter);
    // Otherwise Node would have to read the rest of the refused body before the next request on this connection.
    if (hasUnreadBody(request)) response.setHeader('Connection', 'close');
    sendProblem(response, {
      status: known.httpStatus,
      code: known.code,
      detail: known.message,
      validationErrors: known.validationErrors,
    });
  };
}

/** The connection broke before the whole request had arrived. */
function isAborted(request: Request): boolean {
  return request.destroyed && !request.complete;
}

function hasUnreadBody({ headers, readableEnded }: Request): boolean {
  const sent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return sent && !readableEnded;
}

/** Errors of Express and of its body parsers have `type` and `status`. Any other error is a bug in the bridge. */
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
  return new BridgeError('internal_error', 500, 'The bridge failed on this request. Its log has the reason.');
}
