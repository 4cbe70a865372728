import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { ListQuery } from '../contract/schemas.ts';
import { readSubmission } from '../contract/submit.ts';
import { executionJson, executionSummary } from '../contract/wire.ts';
import { BridgeError, NotFound } from '../domain/errors.ts';
import { type ExecutionDetail, isTerminal } from '../domain/execution.ts';
import type { Database } from '../ledger/database.ts';
import { getExecution, listExecutions } from '../ledger/executions.ts';
import type { Cancellation } from '../lifecycle/cancel.ts';
import type { ExecutionLogReader } from '../lifecycle/logs.ts';
import type { Staging } from '../lifecycle/staging.ts';
import type { Submitter } from '../lifecycle/submit.ts';
import { readWhenEnded, type Waiters } from '../lifecycle/waiters.ts';
import { bodyText } from './body.ts';

interface Needs {
  db: Database;
  submitter: Submitter;
  waiters: Waiters;
  logs: ExecutionLogReader;
  cancel: (id: string) => Promise<Cancellation>;
  staging: Staging;
}

/** The calls under /v1/executions. */
export function executionHandlers({ db, submitter, waiters, logs, cancel, staging }: Needs) {
  const read = async (id: string): Promise<ExecutionDetail> => {
    const execution = await getExecution(db, id);
    if (!execution) throw new NotFound(`Execution ${id}`);
    return execution;
  };
  const waitOf = (response: Response) => {
    const { wait = 0 } = response.locals['query'] as { wait?: number };
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    return { ms: wait * 1_000, signal: gone.signal };
  };

  return {
    async submitExecution(request: Request, response: Response) {
      const submission = readSubmission(bodyText(request), request.get('Idempotency-Key'));
      const { execution, created } = await submitter.submit(submission);
      const { ms, signal } = waitOf(response);
      if (!isTerminal(execution.state)) await waiters.wait(execution.id, ms, signal);
      const detail = await read(execution.id);
      response.setHeader('Location', `/v1/executions/${execution.id}`);
      sendJson(response, created ? 201 : 200, executionJson(detail));
    },

    async listExecutions(_request: Request, response: Response) {
      const { limit, cursor, ...filter } = response.locals['query'] as ListQuery;
      const found = await listExecutions(db, filter, limit + 1, cursor);
      const page = found.slice(0, limit);
      const more = found.length > limit ? { next_cursor: page.at(-1)?.id } : {};
      sendJson(response, 200, JSON.stringify({ executions: page.map(executionSummary), ...more }));
    },

    async getExecution(_request: Request, response: Response) {
      const id = idOf(response);
      const { ms, signal } = waitOf(response);
      sendJson(response, 200, executionJson(await readWhenEnded(waiters, id, ms, signal, () => read(id))));
    },

    async getLogs(_request: Request, response: Response) {
      const { after } = response.locals['query'] as { after?: string };
      const { nextAfter, ...found } = await logs.read(await read(idOf(response)), after);
      sendJson(response, 200, JSON.stringify({ ...found, next_after: nextAfter }));
    },

    async getResult(_request: Request, response: Response) {
      const execution = await read(idOf(response));
      const { result, resultRef } = execution;
      if (result !== null) return sendJson(response, 200, result);
      if (!resultRef) throw noResult(execution);
      const object = await staging.open(resultRef);
      response.status(200).type(resultRef.content_type ?? 'application/octet-stream');
      response.setHeader('Content-Length', object.size);
      await pipeline(object.stream, response);
    },

    async cancelExecution(_request: Request, response: Response) {
      const id = idOf(response);
      const cancellation = await cancel(id);
      sendJson(response, 200, executionJson(await read(id), { cancellation }));
    },
  };
}

function sendJson(response: Response, status: number, text: string): void {
  response.status(status).type('application/json').send(text);
}

function idOf(response: Response): string {
  return (response.locals['params'] as { id: string }).id;
}

function noResult({ id, state, settledBy }: ExecutionDetail): BridgeError {
  const why =
    state === 'succeeded'
      ? `its end was learnt through '${settledBy}', which carries no result`
      : `it is ${state}, not succeeded`;
  return new BridgeError('no_result', 404, `Execution ${id} has no result: ${why}.`);
}
