import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEDGERS, postgresTestLedger, queue, settleOne, type TestLedger } from '../../helpers/ledger.ts';

const CANCELLED = { kind: 'cancelled', message: 'Cancelled', retryable: true } as const;
const OVERDUE = { kind: 'deadline_exceeded', message: 'Too late', retryable: true } as const;
const BOOM = { kind: 'function_error', type: 'ValueError', message: 'boom \u0000', retryable: true } as const;

async function running(db: TestLedger, overrides = {}): Promise<string> {
  const id = await queue(db, overrides);
  await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
  return id;
}

describe.each(LEDGERS)('settling on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.clear();
  });

  it('ends attempt and execution, and delivers the result as it came', async () => {
    const id = await running(db);
    const outcome = {
      state: 'succeeded',
      result: '{"n": 1.0}',
      logTail: 'REPORT',
      billing: { billed_ms: 3 },
    } as const;
    expect(await settleOne(db, { id, number: 1, channel: 'response', outcome })).toBe('settled');
    expect(await db.get(id)).toMatchObject({
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
    await settleOne(db, { id, number: 1, channel: 'response', outcome });
    const found = await db.get(id);
    expect(found?.resultType).toBe(resultType);
    expect(Buffer.from(found?.result ?? '')).toEqual(Buffer.from(result));
    expect(typeof found?.result).toBe(typeof result);
  });

  it('keeps the error of a failure, also one that holds a NUL', async () => {
    const id = await running(db);
    await settleOne(db, {
      id,
      number: 1,
      channel: 'response',
      outcome: { state: 'failed', error: BOOM },
    });
    expect(await db.get(id)).toMatchObject({ state: 'failed', error: BOOM, result: null });
  });

  it('lets only the first report of an attempt count', async () => {
    const id = await running(db);
    await settleOne(db, { id, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    const second = { id, number: 1, channel: 'logs', outcome: { state: 'failed', error: BOOM } } as const;
    expect(await settleOne(db, second)).toBe('repeated');
    expect(await db.get(id)).toMatchObject({ state: 'succeeded', settledBy: 'response' });
  });

  it('learns the request id from an answer of Invoke that comes after the report of the function', async () => {
    const report = { channel: 'callback', outcome: { state: 'succeeded', result: '1' } } as const;
    const held = await running(db);
    await settleOne(db, { id: held, number: 1, ...report });
    const outcome = { state: 'succeeded', result: '2', requestId: 'r1', executedVersion: '7' } as const;
    expect(await settleOne(db, { id: held, number: 1, channel: 'response', outcome })).toBe('repeated');
    expect(await db.get(held)).toMatchObject({
      settledBy: 'callback',
      result: '1',
      requestId: 'r1',
      executedVersion: '7',
    });
    const event = await running(db);
    await settleOne(db, { id: event, number: 1, ...report });
    const answer = { requestId: 'r2', executedVersion: null, durableExecutionArn: null, evidenceSeconds: 1 };
    await db.recordAcceptedMany([{ id: event, number: 1, ...answer }]);
    expect(await db.get(event)).toMatchObject({ state: 'succeeded', requestId: 'r2' });
    expect(await db.findByRequestId('r2')).toMatchObject({ id: event, phase: 'ended' });
  });

  it('does not let an older attempt end the execution', async () => {
    const id = await running(db);
    await db.requeueMany([{ id, number: 1, error: BOOM, delaySeconds: 0 }]);
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    const old = { id, number: 1, channel: 'logs', outcome: { state: 'succeeded' } } as const;
    expect(await settleOne(db, old)).toBe('repeated');
    expect(await db.get(id)).toMatchObject({ state: 'running', attempt: 2 });
  });

  it('keeps the outcome of a cancelled execution with its attempt, and delivers nothing', async () => {
    const id = await running(db);
    expect(await db.cancel(id, CANCELLED)).toEqual({ before: 'running' });
    const late = {
      id,
      number: 1,
      channel: 'response',
      outcome: { state: 'succeeded', result: '1' },
    } as const;
    expect(await settleOne(db, late)).toBe('late');
    expect(await db.get(id)).toMatchObject({
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
      settleOne(db, { id, number: 1, channel: 'sqs', outcome: { state: 'succeeded', result } });
    expect(await settleOne(db, giveUp)).toBe('settled');
    expect(await settleOne(db, giveUp)).toBe('repeated');
    expect([await report('1'), await report('2')]).toEqual(['late', 'repeated']);
    expect(await settleOne(db, giveUp)).toBe('repeated');
    expect(await db.get(id)).toMatchObject({
      state: 'failed',
      settledBy: 'watcher',
      error: lost,
      result: null,
      attempts: [{ outcome: 'succeeded', channel: 'sqs', late: true, error: null }],
    });
  });

  it('cancels what is queued before it starts, and nothing twice', async () => {
    const id = await queue(db);
    expect(await db.cancel(id, CANCELLED)).toEqual({ before: 'queued' });
    expect(await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10)).toEqual([]);
    expect(await db.cancel(id, CANCELLED)).toBeUndefined();
  });

  it('fails what is past its deadline, and only that', async () => {
    const overdue = await queue(db, { timeoutSeconds: 0.001 });
    const patient = await queue(db, { timeoutSeconds: 3_600 });
    await db.pass(1, overdue);
    expect(await db.failOverdue(OVERDUE)).toEqual([overdue]);
    expect((await db.get(overdue))?.error).toEqual(OVERDUE);
    expect((await db.get(patient))?.state).toBe('queued');
  });

  it('refuses to bring an ended execution back to life, whatever code asks', async () => {
    const id = await running(db);
    await settleOne(db, { id, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    await expect(db.run(`update executions set state = 'running' where id = '${id}'`)).rejects.toThrow(
      /finished_when_terminal/,
    );
  });

  it('deletes only what ended long ago', async () => {
    const old = await running(db);
    await settleOne(db, { id: old, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    const fresh = await running(db);
    await settleOne(db, { id: fresh, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    await db.pass(31 * 86_400, old);
    expect(await db.deleteEnded(30, 100)).toBe(1);
    expect(await db.get(old)).toBeUndefined();
    expect(await db.get(fresh)).toBeDefined();
  });
});

describe('twenty concurrent reports of one attempt on PostgreSQL', () => {
  it('end it once', async () => {
    const db = await postgresTestLedger(20);
    const id = await running(db);
    const reports = Array.from({ length: 20 }, (_, n) =>
      settleOne(db, { id, number: 1, channel: `c${n}`, outcome: { state: 'succeeded', result: `${n}` } }),
    );
    const effects = await Promise.all(reports);
    expect(effects.filter((effect) => effect === 'settled')).toHaveLength(1);
    expect(effects.filter((effect) => effect === 'repeated')).toHaveLength(19);
    await db.close();
  });
});
