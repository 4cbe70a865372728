import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEDGERS, postgresTestLedger, queue, settleOne, type TestLedger } from '../../helpers/ledger.ts';

const THROTTLED = { kind: 'throttled', message: 'Rate exceeded', retryable: true } as const;
const owner = randomUUID();

describe.each(LEDGERS)('dispatch on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.clear();
  });

  it('opens a numbered attempt with a lease for each claimed execution, and hands out its payload untouched', async () => {
    const id = await queue(db, { payload: Buffer.from('{"n": 1.0, "big": 12345678901234567890}') });
    const [attempt] = await db.claimDue({ owner: owner, seconds: 30 }, 10);
    expect(attempt).toMatchObject({ id, number: 1 });
    expect(String(Buffer.from(attempt?.payload ?? []))).toBe('{"n": 1.0, "big": 12345678901234567890}');
    expect(await db.get(id)).toMatchObject({
      state: 'running',
      attempt: 1,
      attempts: [{ number: 1, phase: 'invoking' }],
    });
    expect(await db.claimDue({ owner: owner, seconds: 30 }, 10)).toEqual([]);
  });

  it('claims the oldest first and not more than asked', async () => {
    const [newest, oldest, middle] = [await queue(db), await queue(db), await queue(db)];
    await db.pass(1, newest);
    await db.pass(3, oldest);
    await db.pass(2, middle);
    const claimed = await db.claimDue({ owner: owner, seconds: 30 }, 2);
    expect(claimed.map((attempt) => attempt.id)).toEqual([oldest, middle]);
  });

  it('keeps executions above max_concurrency queued without holding back others', async () => {
    for (let n = 0; n < 5; n += 1) await queue(db, { function: 'small' }, 2);
    const other = await queue(db, { function: 'other' });
    const first = await db.claimDue({ owner: owner, seconds: 30 }, 10);
    expect(first.map((attempt) => attempt.function).sort()).toEqual(['other', 'small', 'small']);
    expect(await db.claimDue({ owner: owner, seconds: 30 }, 10)).toEqual([]);
    const small = first.find((attempt) => attempt.function === 'small');
    if (!small) throw new Error('no small attempt');
    await settleOne(db, { ...small, channel: 'response', outcome: { state: 'succeeded' } });
    await settleOne(db, { id: other, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    expect(await db.claimDue({ owner: owner, seconds: 30 }, 10)).toHaveLength(1);
  });

  it('counts an attempt that runs on after a cancel against max_concurrency', async () => {
    const id = await queue(db, { function: 'single' }, 1);
    await queue(db, { function: 'single' }, 1);
    await db.claimDue({ owner: owner, seconds: 30 }, 10);
    await db.cancel(id, { kind: 'cancelled', message: 'Cancelled', retryable: true });
    expect(await db.claimDue({ owner: owner, seconds: 30 }, 10)).toEqual([]);
  });

  it('puts a refused attempt behind it and waits before the next one', async () => {
    const id = await queue(db);
    await db.claimDue({ owner: owner, seconds: 30 }, 1);
    await db.requeueMany([{ id, number: 1, error: THROTTLED, delaySeconds: 3_600 }]);
    expect(await db.claimDue({ owner: owner, seconds: 30 }, 1)).toEqual([]);
    await db.pass(3_601);
    const [second] = await db.claimDue({ owner: owner, seconds: 30 }, 1);
    expect(second?.number).toBe(2);
    expect((await db.get(id))?.attempts).toMatchObject([
      { number: 1, outcome: 'refused', error: THROTTLED },
      { number: 2, phase: 'invoking' },
    ]);
  });

  it('finds attempts whose holder died, and only those', async () => {
    const id = await queue(db);
    await db.claimDue({ owner: owner, seconds: 30 }, 1);
    expect(await db.expiredLeases(10)).toEqual([]);
    await db.handOver(owner);
    expect(await db.expiredLeases(10)).toMatchObject([{ id, number: 1, function: 'fn' }]);
    await db.renewLeases({ owner, seconds: 30 }, [{ id, number: 1 }]);
    expect(await db.expiredLeases(10)).toEqual([]);
    await db.recordDoubtMany([
      {
        id: id,
        number: 1,
        code: 'response_lost',
        reason: 'gone',
        requestId: null,
        windowSeconds: 60,
        expiredOnly: true,
      },
    ]);
    expect((await db.get(id))?.state).toBe('running');
  });

  it('lets the lease of an attempt run out that its owner does not know of', async () => {
    const id = await queue(db);
    await db.claimDue({ owner: owner, seconds: 0.001 }, 1);
    await db.renewLeases({ owner, seconds: 30 }, []);
    await db.pass(1);
    expect(await db.expiredLeases(10)).toMatchObject([{ id, number: 1 }]);
  });

  it('finds the attempt that Lambda has or may have, for a cancel, until it ends', async () => {
    const id = await queue(db);
    expect(await db.findOpenAttempt(id)).toBeUndefined();
    await db.claimDue({ owner: owner, seconds: 30 }, 1);
    expect(await db.findOpenAttempt(id)).toMatchObject({ id, number: 1, phase: 'invoking' });
    await db.cancel(id, { kind: 'cancelled', message: 'Cancelled', retryable: true });
    expect(await db.findOpenAttempt(id)).toMatchObject({ number: 1 });
    await settleOne(db, { id, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    expect(await db.findOpenAttempt(id)).toBeUndefined();
  });

  it('starts nothing after its deadline, limited or not', async () => {
    await queue(db, { timeoutSeconds: 0.001 });
    await queue(db, { timeoutSeconds: 0.001 }, 5);
    await db.pass(1);
    expect(await db.claimDue({ owner: owner, seconds: 30 }, 10)).toEqual([]);
  });

  it('wants an attempt until its execution is cancelled or its deadline passes', async () => {
    const [cancelled, overdue] = [await queue(db), await queue(db, { timeoutSeconds: 60 })];
    await db.claimDue({ owner: owner, seconds: 30 }, 2);
    expect([
      await db.isWanted({ id: cancelled, number: 1 }),
      await db.isWanted({ id: overdue, number: 1 }),
    ]).toEqual([true, true]);
    await db.cancel(cancelled, { kind: 'cancelled', message: 'Cancelled', retryable: true });
    await db.pass(60, overdue);
    expect([
      await db.isWanted({ id: cancelled, number: 1 }),
      await db.isWanted({ id: overdue, number: 1 }),
    ]).toEqual([false, false]);
  });

  it('takes a lost answer as doubt, and leaves doubt when Lambda turns out to have accepted', async () => {
    const id = await queue(db, { invocationType: 'Event', completion: ['logs'] });
    await db.claimDue({ owner: owner, seconds: 30 }, 1);
    await db.recordDoubtMany([
      {
        id: id,
        number: 1,
        code: 'response_lost',
        reason: 'socket hang up',
        requestId: null,
        windowSeconds: 60,
        expiredOnly: false,
      },
    ]);
    expect(await db.get(id)).toMatchObject({
      state: 'in_doubt',
      attempts: [{ doubt: 'socket hang up' }],
    });
    await db.recordAcceptedMany([
      {
        id: id,
        number: 1,
        requestId: 'r-1',
        executedVersion: '1',
        durableExecutionArn: null,
        evidenceSeconds: 60,
      },
    ]);
    expect(await db.get(id)).toMatchObject({ state: 'running', requestId: 'r-1' });
  });

  it('gives an open attempt to one watcher until its next look is due', async () => {
    await queue(db, { invocationType: 'Event', completion: ['logs'] });
    const [attempt] = await db.claimDue({ owner: owner, seconds: 30 }, 1);
    if (!attempt) throw new Error('nothing claimed');
    await db.recordAcceptedMany([
      {
        id: attempt.id,
        number: 1,
        requestId: 'r-1',
        executedVersion: null,
        durableExecutionArn: null,
        evidenceSeconds: 60,
      },
    ]);
    expect(await db.takeDuePolls(10)).toMatchObject([{ id: attempt.id, requestId: 'r-1', lastPoll: false }]);
    expect(await db.takeDuePolls(10)).toEqual([]);
    await db.pass(61);
    expect(await db.takeDuePolls(10)).toMatchObject([{ lastPoll: true }]);
  });
});

describe('eight replicas on one PostgreSQL', () => {
  it('claim each of 400 executions exactly once, and never more than max_concurrency of one function', async () => {
    const db = await postgresTestLedger(20);
    for (let n = 0; n < 400; n += 1)
      await queue(db, { function: n % 4 === 0 ? 'limited' : 'free' }, n % 4 === 0 ? 7 : undefined);
    const claimed: string[] = [];
    let limited = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (;;) {
          const got = await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
          if (got.length === 0) return;
          claimed.push(...got.map((attempt) => attempt.id));
          limited += got.filter((attempt) => attempt.function === 'limited').length;
        }
      }),
    );
    expect(claimed).toHaveLength(307);
    expect(new Set(claimed).size).toBe(307);
    expect(limited).toBe(7);
    await db.close();
  });
});
