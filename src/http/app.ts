import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { OPERATIONS, type Operation, type OperationId } from '../contract/operations.ts';
import { textValidator } from '../contract/validate.ts';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import { requireToken, type Token } from './auth.ts';
import { problemHandler } from './problem.ts';

export type Handlers = Record<OperationId, RequestHandler>;

interface Options {
  tokens: readonly Token[];
  /** bytes */
  bodyLimit: number;
  /** lets those pass that hold the token of their attempt */
  attemptToken: RequestHandler;
  /** true once the stop has begun: reads are served, new work is not */
  stopping: () => boolean;
  log: Logger;
}

/** The HTTP face: exactly the operations of the contract, each behind its token and the schemas of its parameters. */
export function createApp(
  handlers: Handlers,
  { tokens, attemptToken, bodyLimit, stopping, log }: Options,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const token = requireToken(tokens);
  // Bytes, not text: the payload inside must reach the function unchanged.
  const json = express.raw({ type: 'application/json', limit: bodyLimit });
  for (const [id, operation] of Object.entries(OPERATIONS) as [OperationId, Operation][]) {
    app[operation.method](
      operation.path.replace(/\{(\w+)\}/g, ':$1'),
      ...(operation.token ? [] : [token]),
      ...(operation.method === 'get' || operation.untilTheEnd ? [] : [refuseWhen(stopping)]),
      checkParameters(operation),
      // After its parameters, which it is for; before the body, which nobody else may make us read.
      ...(operation.token === 'attempt' ? [attemptToken] : []),
      ...(typeof operation.body === 'object' ? [json] : []),
      handlers[id],
    );
  }
  app.use(refuseUnknown);
  app.use(problemHandler(log));
  return app;
}

function checkParameters({ params, query }: Operation): RequestHandler {
  const checkQuery = textValidator<object>(query);
  const checkParams = params && textValidator<object>(params);
  return (request, response, next) => {
    response.locals['query'] = checkQuery(request.query);
    if (checkParams) response.locals['params'] = checkParams(request.params);
    next();
  };
}

function refuseWhen(stopping: () => boolean): RequestHandler {
  return (_request, _response, next) => {
    if (stopping()) throw new Unavailable('shutting_down', 'This replica is stopping and takes no new work.');
    next();
  };
}

function refuseUnknown({ method, path }: Request, response: Response): void {
  const others = Object.values<Operation>(OPERATIONS).filter((operation) =>
    new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  if (others.length === 0)
    throw new BridgeError('not_found', 404, `There is no ${path}; GET /openapi.json lists what there is.`);
  const known = others.map((operation) => operation.method.toUpperCase()).join(', ');
  response.setHeader('Allow', known);
  throw new BridgeError('method_not_allowed', 405, `${path} takes ${known}, not ${method}.`);
}
