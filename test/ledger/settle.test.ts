import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/ledger/database.ts';
import { claim, recordAccepted, requeue } from '../../src/ledger/dispatch.ts';
import { getExecution } from '../../src/ledger/executions.ts';
import { deleteEnded } from '../../src/ledger/open-attempts.ts';
import { cancelExecution, failOverdue, findByRequestId, settleAttempt } from '../../src/ledger/settle.ts';
import { LEDGERS, postgresLedger, queue } from '../helpers/ledger.ts';

const CANCELLED = { kind: 'cancelled', message: 'Cancelled', retryable: true } as const;
const OVERDUE = { kind: 'deadline_exceeded', message: 'Too late', retryable: true } as const;
const BOOM = { kind: 'function_error', type: 'ValueError', message: 'boom \u0000', retryable: true } as const;

async function running(db: Database, overrides = {}): Promise<string> {
  const id = await queue(db, overrides);
  await claim(db, randomUUID(), 10, 30);
  return id;
}

describe.each(LEDGERS)('settling on %s', (_name, open) => {
  let db: Database;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.query('delete from executions');
  });

  it('ends attempt and execution, and delivers the result as it came', async () => {
    const id = await running(db);
    const outcome = {
      state: 'succeeded',
      result: '{"n": 1.0}',
      logTail: 'REPORT',
      billing: { billed_ms: 3 },
    } as const;
    expect(await settleAttempt(db, { id, number: 1, channel: 'response', outcome })).toBe('settled');
    expect(await getExecution(db, id)).toMatchObject({
      state: 'succeeded',
      settledBy: 'response',
      result: '{"n": 1.0}',
      logTail: 'REPORT',
      billing: { billed_ms: 3 },
      attempts: [{ outcome: 'succeeded', late: false }],
    });
  });

  it.each([
    [Buffer.from([0x25, 0xff, 0x00, 0x0a]), 'application/octet-stream'],
    ['größe', 'text/plain'],
  ])('keeps the result %j and its type', async (result, resultType) => {
    const id = await running(db);
    const outcome = { state: 'succeeded', result, resultType } as const;
    await settleAttempt(db, { id, number: 1, channel: 'response', outcome });
    const found = await getExecution(db, id);
    expect(found?.resultType).toBe(resultType);
    expect(Buffer.from(found?.result ?? '')).toEqual(Buffer.from(result));
    expect(typeof found?.result).toBe(typeof result);
  });

  it('keeps the error of a failure, also one that holds a NUL', async () => {
    const id = await running(db);
    await settleAttempt(db, {
      id,
      number: 1,
      channel: 'response',
      outcome: { state: 'failed', error: BOOM },
    });
    expect(await getExecution(db, id)).toMatchObject({ state: 'failed', error: BOOM, result: null });
  });

  it('lets only the first report of an attempt count', async () => {
    const id = await running(db);
    await settleAttempt(db, { id, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    const second = { id, number: 1, channel: 'logs', outcome: { state: 'failed', error: BOOM } } as const;
    expect(await settleAttempt(db, second)).toBe('repeated');
    expect(await getExecution(db, id)).toMatchObject({ state: 'succeeded', settledBy: 'response' });
  });

  it('learns the request id from an answer of Invoke that comes after the report of the function', async () => {
    const report = { channel: 'callback', outcome: { state: 'succeeded', result: '1' } } as const;
    const held = await running(db);
    await settleAttempt(db, { id: held, number: 1, ...report });
    const outcome = { state: 'succeeded', result: '2', requestId: 'r1', executedVersion: '7' } as const;
    expect(await settleAttempt(db, { id: held, number: 1, channel: 'response', outcome })).toBe('repeated');
    expect(await getExecution(db, held)).toMatchObject({
      settledBy: 'callback',
      result: '1',
      requestId: 'r1',
      executedVersion: '7',
    });
    const event = await running(db);
    await settleAttempt(db, { id: event, number: 1, ...report });
    const answer = { requestId: 'r2', executedVersion: null, durableExecutionArn: null, evidenceSeconds: 1 };
    await recordAccepted(db, event, 1, answer);
    expect(await getExecution(db, event)).toMatchObject({ state: 'succeeded', requestId: 'r2' });
    expect(await findByRequestId(db, 'r2')).toMatchObject({ id: event, phase: 'ended' });
  });

  it('does not let an older attempt end the execution', async () => {
    const id = await running(db);
    await requeue(db, id, 1, { error: BOOM, delaySeconds: 0 });
    await claim(db, randomUUID(), 10, 30);
    const old = { id, number: 1, channel: 'logs', outcome: { state: 'succeeded' } } as const;
    expect(await settleAttempt(db, old)).toBe('repeated');
    expect(await getExecution(db, id)).toMatchObject({ state: 'running', attempt: 2 });
  });

  it('keeps the outcome of a cancelled execution with its attempt, and delivers nothing', async () => {
    const id = await running(db);
    expect(await cancelExecution(db, id, CANCELLED)).toEqual({ before: 'running' });
    const late = {
      id,
      number: 1,
      channel: 'response',
      outcome: { state: 'succeeded', result: '1' },
    } as const;
    expect(await settleAttempt(db, late)).toBe('late');
    expect(await getExecution(db, id)).toMatchObject({
      state: 'cancelled',
      result: null,
      error: CANCELLED,
      attempts: [{ outcome: 'succeeded', late: true }],
    });
  });

  it('keeps the first outcome that comes after an attempt was given up as lost, and delivers nothing', async () => {
    const id = await running(db);
    const lost = { kind: 'lost', message: 'No evidence', retryable: true } as const;
    const giveUp = {
      id,
      number: 1,
      channel: 'watcher',
      presumedLost: true,
      outcome: { state: 'failed', error: lost },
    } as const;
    const report = (result: string) =>
      settleAttempt(db, { id, number: 1, channel: 'sqs', outcome: { state: 'succeeded', result } });
    expect(await settleAttempt(db, giveUp)).toBe('settled');
    expect(await settleAttempt(db, giveUp)).toBe('repeated');
    expect([await report('1'), await report('2')]).toEqual(['late', 'repeated']);
    expect(await settleAttempt(db, giveUp)).toBe('repeated');
    expect(await getExecution(db, id)).toMatchObject({
      state: 'failed',
      settledBy: 'watcher',
      error: lost,
      result: null,
      attempts: [{ outcome: 'succeeded', channel: 'sqs', late: true, error: null }],
    });
  });

  it('cancels what is queued before it starts, and nothing twice', async () => {
    const id = await queue(db);
    expect(await cancelExecution(db, id, CANCELLED)).toEqual({ before: 'queued' });
    expect(await claim(db, randomUUID(), 10, 30)).toEqual([]);
    expect(await cancelExecution(db, id, CANCELLED)).toBeUndefined();
  });

  it('fails what is past its deadline, and only that', async () => {
    const overdue = await queue(db, { timeoutSeconds: 0.001 });
    const patient = await queue(db, { timeoutSeconds: 3_600 });
    await db.query("update executions set deadline_at = now() - interval '1 second' where id = $1", [
      overdue,
    ]);
    expect(await failOverdue(db, OVERDUE)).toEqual([overdue]);
    expect((await getExecution(db, overdue))?.error).toEqual(OVERDUE);
    expect((await getExecution(db, patient))?.state).toBe('queued');
  });

  it('refuses to bring an ended execution back to life, whatever code asks', async () => {
    const id = await running(db);
    await settleAttempt(db, { id, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    await expect(db.query("update executions set state = 'running' where id = $1", [id])).rejects.toThrow(
      /finished_when_terminal/,
    );
  });

  it('deletes only what ended long ago', async () => {
    const old = await running(db);
    await settleAttempt(db, { id: old, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    const fresh = await running(db);
    await settleAttempt(db, { id: fresh, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    await db.query("update executions set finished_at = now() - interval '31 days' where id = $1", [old]);
    expect(await deleteEnded(db, 30, 100)).toBe(1);
    expect(await getExecution(db, old)).toBeUndefined();
    expect(await getExecution(db, fresh)).toBeDefined();
  });
});

describe('twenty concurrent reports of one attempt on PostgreSQL', () => {
  it('end it once', async () => {
    const db = await postgresLedger(20);
    const id = await running(db);
    const reports = Array.from({ length: 20 }, (_, n) =>
      settleAttempt(db, { id, number: 1, channel: `c${n}`, outcome: { state: 'succeeded', result: `${n}` } }),
    );
    const effects = await Promise.all(reports);
    expect(effects.filter((effect) => effect === 'settled')).toHaveLength(1);
    expect(effects.filter((effect) => effect === 'repeated')).toHaveLength(19);
    await db.close();
  });
});
