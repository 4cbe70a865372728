import { readSubmission } from '../contract/submit.ts';
import { executionJson, executionSummary } from '../contract/wire.ts';
import { BridgeError, NotFound } from '../domain/errors.ts';
import { type ExecutionDetail, isTerminal } from '../domain/execution.ts';
import { JSON_TYPE } from '../domain/result-content.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Submitted } from '../ledger/records.ts';
import type { ExecutionLogReader } from '../lifecycle/follow/execution-log.ts';
import type { Cancellation } from '../lifecycle/settle/cancel.ts';
import { readWhenEnded, type Waiters } from '../lifecycle/settle/waiters.ts';
import type { Staging } from '../lifecycle/staging.ts';
import type { Submitter } from '../lifecycle/submit/submitter.ts';
import type { HeldBody } from './body.ts';
import type { Handlers } from './handler.ts';

interface ExecutionsDeps {
  /** reads only: everything that writes goes through the lifecycle */
  ledger: Pick<Ledger, 'get' | 'list'>;
  submitter: Submitter;
  waiters: Waiters;
  logs: ExecutionLogReader;
  cancel: (id: string) => Promise<Cancellation>;
  staging: Staging;
}

type ExecutionHandlers = Pick<
  Handlers,
  'submitExecution' | 'listExecutions' | 'getExecution' | 'getLogs' | 'getResult' | 'cancelExecution'
>;

/** The calls under /v1/executions. */
export function executionHandlers(deps: ExecutionsDeps): ExecutionHandlers {
  const { ledger, submitter, waiters, logs, cancel, staging } = deps;
  const read = async (id: string): Promise<ExecutionDetail> => {
    const execution = await ledger.get(id);
    if (!execution) throw new NotFound(`Execution ${id}`);
    return execution;
  };

  /** A function of its own, so that nothing refers to the body while the client waits for the end. */
  const submit = async (body: HeldBody, idempotencyKey: string | undefined): Promise<Submitted> => {
    try {
      return await submitter.submit(readSubmission(body, idempotencyKey), body.memory);
    } finally {
      body.memory.release();
    }
  };

  return {
    async submitExecution({ query: { wait = 0 }, request, readBody, closed }) {
      const { execution, effect } = await submit(await readBody(), request.get('Idempotency-Key'));
      const waits = wait > 0 && !isTerminal(execution.state);
      const ended = waits ? await waiters.wait(execution.id, wait * 1_000, closed) : execution;
      const answer = {
        headers: { Location: `/v1/executions/${execution.id}` },
        jsonText: executionJson(ended ?? (await read(execution.id))),
      };
      return effect === 'created' ? { status: 201, ...answer } : { status: 200, ...answer };
    },

    async listExecutions({ query: { limit, cursor, ...filter } }) {
      const found = await ledger.list(filter, limit + 1, cursor);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const more = found.length > limit && last ? { next_cursor: last.id } : {};
      return { status: 200, json: { executions: page.map(executionSummary), ...more } };
    },

    async getExecution({ params: { id }, query: { wait = 0 }, closed }) {
      const execution = await readWhenEnded(waiters, id, wait * 1_000, closed, () => read(id));
      return { status: 200, jsonText: executionJson(execution) };
    },

    async getLogs({ params: { id }, query: { after } }) {
      const { nextAfter, events, ...found } = await logs.read(await read(id), after);
      const lines = events.map(({ timestamp, message }) => ({
        ...(timestamp && { timestamp: timestamp.toISOString() }),
        message,
      }));
      return { status: 200, json: { events: lines, ...found, next_after: nextAfter } };
    },

    async getResult({ params: { id } }) {
      const execution = await read(id);
      const { result, resultType, resultRef } = execution;
      if (result !== null)
        return {
          status: 200,
          headers: AS_DATA,
          bytes: Buffer.from(result),
          contentType: resultType ?? JSON_TYPE,
        };
      if (!resultRef) throw noResult(execution);
      const { stream, size } = await staging.open(resultRef);
      const contentType = resultRef.content_type ?? 'application/octet-stream';
      return { status: 200, headers: AS_DATA, bytes: stream, contentType, size };
    },

    async cancelExecution({ params: { id } }) {
      const cancellation = await cancel(id);
      return { status: 200, jsonText: executionJson(await read(id), { cancellation: { ...cancellation } }) };
    },
  };
}

/** A function may return a web page. In a browser, scripts of that page must not run with the origin of the bridge. */
const AS_DATA = { 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': 'sandbox' };

function noResult({ id, state, settledBy }: ExecutionDetail): BridgeError {
  const why =
    state === 'succeeded'
      ? `its end was reported by '${settledBy}', which carries no result`
      : `it is ${state}, not succeeded`;
  return new BridgeError('no_result', 404, `Execution ${id} has no result: ${why}.`);
}
