import { afterEach, describe, expect, it } from 'vitest';
import type { Bridge } from '../../../src/bridge.ts';
import type { Limits } from '../../../src/config/limits.ts';
import { traceRoot } from '../../../src/domain/id.ts';
import { freshDatabase, read, startInProcess, submit } from '../../helpers/bridge.ts';
import { openTestLedger, type PostgresTestLedger } from '../../helpers/ledger.ts';
import { until } from '../../helpers/until.ts';
import {
  hangUp,
  refuse,
  startWireLambda,
  succeed,
  type WireInvoke,
  type WireLambda,
} from '../../helpers/wire-lambda.ts';

let lambda: WireLambda;
let bridge: Bridge;
let ledger: PostgresTestLedger;

async function start(
  onInvoke: (invoke: WireInvoke, count: number) => void,
  limits: Partial<Limits> = {},
  configuration: object = {},
) {
  lambda = await startWireLambda(onInvoke, 1, configuration);
  const url = await freshDatabase();
  bridge = await startInProcess(lambda.url, url, limits);
  ledger = openTestLedger(url, 1);
}

afterEach(async () => {
  await ledger.close();
  await bridge.stop(0);
  await lambda.stop();
});

describe('an attempt', () => {
  it('gives the function the payload byte for byte, and names itself in the client context', async () => {
    await start(succeed);
    const answer = await fetch(`${bridge.url}/v1/executions?wait=10`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"payload": {"a": 1.0,  "big": 12345678901234567890, "s": "\\u00e9"}, "function": "fn"}',
    });
    const { id } = (await answer.json()) as { id: string };
    const [invoke] = lambda.invokes;
    expect(invoke?.body).toBe('{"a": 1.0,  "big": 12345678901234567890, "s": "\\u00e9"}');
    const context = Buffer.from(String(invoke?.headers['x-amz-client-context']), 'base64').toString();
    expect(JSON.parse(context)).toEqual({ custom: { execution_id: id, attempt: '1' } });
  });

  it.each([
    [
      'of a function with active tracing, which is recorded',
      { TracingConfig: { Mode: 'Active' } },
      ';Sampled=1',
    ],
    ['without a decision of ours elsewhere', { TracingConfig: { Mode: 'PassThrough' } }, ''],
    ['without a decision where nothing is configured', {}, ''],
  ])('sends its own trace root, %s', async (_which, configuration, decision) => {
    await start(succeed, {}, configuration);
    const { id } = await submit(bridge.url, { function: 'fn', payload: {} }, 20);
    expect(lambda.invokes[0]?.headers['x-amzn-trace-id']).toBe(`Root=${traceRoot(id, 1)}${decision}`);
  });

  it('is tried again after a 429, which proves that nothing started', async () => {
    await start((invoke, count) =>
      count < 3 ? refuse(invoke, 429, 'TooManyRequestsException', { 'retry-after': '0' }) : succeed(invoke),
    );
    const execution = await submit(bridge.url, { function: 'fn', payload: {} }, 20);
    expect(execution).toMatchObject({ state: 'succeeded', attempt: 3, result: { ok: true } });
    expect(execution.attempts.map((attempt) => attempt.outcome)).toEqual(['refused', 'refused', 'succeeded']);
    expect(lambda.invokes).toHaveLength(3);
  });

  it('fails as throttled when Lambda refuses for too long', async () => {
    await start((invoke) => refuse(invoke, 429, 'TooManyRequestsException'), { throttledSeconds: 0.2 });
    const execution = await submit(bridge.url, { function: 'fn', payload: {} }, 20);
    expect(execution).toMatchObject({ state: 'failed', settled_by: 'invoke', error: { kind: 'throttled' } });
  });

  it('fails at once when Lambda refuses for good', async () => {
    await start((invoke) => refuse(invoke, 400, 'InvalidRequestContentException'));
    const execution = await submit(bridge.url, { function: 'fn', payload: {} }, 20);
    expect(execution.error).toMatchObject({
      kind: 'invoke_rejected',
      type: 'InvalidRequestContentException',
    });
    expect(lambda.invokes).toHaveLength(1);
  });

  const lostAnswers: [string, (invoke: WireInvoke) => void][] = [
    ['the connection breaks after the request was read', hangUp],
    [
      'a gateway answers 502 with a page',
      ({ answer }) => answer.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    ],
    ['Lambda answers an untyped 500', (invoke) => refuse(invoke, 500, 'ServiceException')],
  ];
  it.each(lostAnswers)('is in doubt, then lost, and never sent again when %s', async (_what, lose) => {
    await start(lose);
    const { id } = await submit(bridge.url, { function: 'fn', payload: {} });
    const doubted = await until('it is in doubt', async () => {
      const now = await read(bridge.url, id);
      return now.state === 'in_doubt' && now;
    });
    expect(doubted.attempts[0]?.doubt).toBeTruthy();
    const ended = await read(bridge.url, id, 30);
    expect(ended).toMatchObject({ state: 'failed', settled_by: 'watcher', error: { kind: 'lost' } });
    expect(lambda.invokes).toHaveLength(1);
  });

  it('stays in doubt as an Event for as long as Lambda may keep and run the event', async () => {
    await start(hangUp);
    const body = { function: 'fn', payload: {}, invocation_type: 'Event' };
    const { id } = await submit(bridge.url, body);
    await until('it is in doubt', async () => (await read(bridge.url, id)).state === 'in_doubt');
    const [row] = await ledger.query<{ seconds: number }>(
      'select extract(epoch from evidence_until - now())::double precision as seconds from attempts where execution_id = $1',
      [id],
    );
    // Lambda's default age, three runs of 1 s, and what the log comes late
    expect(row?.seconds).toBeGreaterThan(21_600 + 3 + 120 - 30);
  });

  it('ends with its deadline although the function goes on, and keeps the late outcome undelivered', async () => {
    let finish = () => {};
    await start((invoke) => {
      finish = () => succeed(invoke);
    });
    const overdue = await submit(bridge.url, { function: 'fn', payload: {}, timeout_seconds: 0.3 }, 20);
    expect(overdue).toMatchObject({
      state: 'failed',
      settled_by: 'deadline',
      error: { kind: 'deadline_exceeded' },
    });
    finish();
    const late = await until('the late outcome is kept', async () => {
      const now = await read(bridge.url, overdue.id);
      return now.attempts[0]?.phase === 'ended' && now;
    });
    expect(late).toMatchObject({ state: 'failed', attempts: [{ outcome: 'succeeded', late: true }] });
    expect(late.result).toBeUndefined();
  });
});

describe('twenty submits with one idempotency key at once', () => {
  it('start the function once', async () => {
    await start(succeed);
    const body = { function: 'fn', payload: { a: 1 }, idempotency_key: 'one' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(bridge.url, body, 20)));
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    expect(lambda.invokes).toHaveLength(1);
  });
});
