import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import type { Token } from '../config/token.ts';
import { OPERATIONS, type Operation, type OperationId } from '../contract/operations.ts';
import { textValidator } from '../contract/validate.ts';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import type { ByteBudget } from '../lifecycle/byte-budget.ts';
import { requireToken } from './auth.ts';
import { type BodyReader, bodyReader } from './body.ts';
import type { Call, Handler, Handlers } from './handler.ts';
import { problemHandler } from './problem.ts';
import { sendAnswer } from './send-answer.ts';

interface AppOptions {
  tokens: readonly Token[];
  /** bytes */
  bodyLimit: number;
  /** the memory of large payloads */
  budget: ByteBudget;
  /** true while the bridge stops: reads are served, new work is refused */
  stopping: () => boolean;
  log: Logger;
}

/** The Express app. It serves the operations of the contract, checks the token, and validates the parameters. */
export function createApp(
  handlers: Handlers,
  { tokens, bodyLimit, budget, stopping, log }: AppOptions,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const token = requireToken(tokens);
  const readBody = bodyReader(bodyLimit, budget);
  for (const [id, operation] of Object.entries(OPERATIONS) as [OperationId, Operation][]) {
    app[operation.method](
      operation.path.replace(/\{(\w+)\}/g, ':$1'),
      ...(operation.token ? [] : [token]),
      ...(operation.method === 'get' || operation.servedWhileStopping ? [] : [refuseWhen(stopping)]),
      serve(operation, handlers[id] as Handler<OperationId>, readBody),
    );
  }
  app.use(refuseUnknown);
  app.use(problemHandler(log));
  return app;
}

/** Validates the parameters, runs the handler and sends the response. */
function serve(
  { params, query }: Operation,
  handler: Handler<OperationId>,
  readBody: BodyReader,
): RequestHandler {
  const checkQuery = textValidator<object>(query);
  const checkParams = params && textValidator<object>(params);
  return async (request, response) => {
    // handler.ts has the types for each operation. This code runs for all operations, so the types are not known here.
    const call = {
      query: checkQuery(request.query),
      params: checkParams?.(request.params),
      readBody: () => readBody(request, response),
      request,
      closed: closedSignal(response),
    };
    await sendAnswer(response, await handler(call as unknown as Call<OperationId>));
  };
}

function closedSignal(response: Response): AbortSignal {
  const closed = new AbortController();
  response.on('close', () => {
    // An abort creates an error with its stack, which costs more than the rest of a short request's bookkeeping.
    if (!response.writableFinished) closed.abort();
  });
  return closed.signal;
}

function refuseWhen(stopping: () => boolean): RequestHandler {
  return (_request, _response, next) => {
    if (stopping())
      throw new Unavailable('shutting_down', 'This replica is stopping and accepts no new work.');
    next();
  };
}

function refuseUnknown({ method, path }: Request, response: Response): void {
  const others = Object.values<Operation>(OPERATIONS).filter((operation) =>
    new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  if (others.length === 0)
    throw new BridgeError('not_found', 404, `${path} does not exist. GET /openapi.json lists all paths.`);
  const known = others.map((operation) => operation.method.toUpperCase()).join(', ');
  response.setHeader('Allow', known);
  throw new BridgeError('method_not_allowed', 405, `${path} supports ${known}, not ${method}.`);
}
