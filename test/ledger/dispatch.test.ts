import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/ledger/database.ts';
import {
  claim,
  isWanted,
  recordAccepted,
  recordDoubt,
  renewLeases,
  requeue,
} from '../../src/ledger/dispatch.ts';
import { getExecution } from '../../src/ledger/executions.ts';
import { expiredLeases, findOpenAttempt, handOver, takeDuePolls } from '../../src/ledger/open-attempts.ts';
import { cancelExecution, settleAttempt } from '../../src/ledger/settle.ts';
import { LEDGERS, postgresLedger, queue } from '../helpers/ledger.ts';

const THROTTLED = { kind: 'throttled', message: 'Rate exceeded', retryable: true } as const;
const owner = randomUUID();

describe.each(LEDGERS)('dispatch on %s', (_name, open) => {
  let db: Database;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.query('delete from executions');
  });

  it('opens a numbered attempt with a lease for each claimed execution, and hands out its payload untouched', async () => {
    const id = await queue(db, { payload: '{"n": 1.0, "big": 12345678901234567890}' });
    const [attempt] = await claim(db, owner, 10, 30);
    expect(attempt).toMatchObject({ id, number: 1, payload: '{"n": 1.0, "big": 12345678901234567890}' });
    expect(await getExecution(db, id)).toMatchObject({
      state: 'running',
      attempt: 1,
      attempts: [{ number: 1, phase: 'invoking' }],
    });
    expect(await claim(db, owner, 10, 30)).toEqual([]);
  });

  it('claims the oldest first and not more than asked', async () => {
    const [newest, oldest, middle] = [await queue(db), await queue(db), await queue(db)];
    // Said outright: queued within one millisecond, they would be as old as each other.
    const ages = [1, 3, 2];
    await db.query(
      `update executions e set due_at = now() - make_interval(secs => aged.seconds)
       from unnest($1::uuid[], $2::double precision[]) as aged (id, seconds) where e.id = aged.id`,
      [[newest, oldest, middle], ages],
    );
    const claimed = await claim(db, owner, 2, 30);
    expect(claimed.map((attempt) => attempt.id)).toEqual([oldest, middle]);
  });

  it('keeps executions above max_concurrency queued without holding back others', async () => {
    for (let n = 0; n < 5; n += 1) await queue(db, { function: 'small' }, 2);
    const other = await queue(db, { function: 'other' });
    const first = await claim(db, owner, 10, 30);
    expect(first.map((attempt) => attempt.function).sort()).toEqual(['other', 'small', 'small']);
    expect(await claim(db, owner, 10, 30)).toEqual([]);
    const small = first.find((attempt) => attempt.function === 'small');
    if (!small) throw new Error('no small attempt');
    await settleAttempt(db, { ...small, channel: 'response', outcome: { state: 'succeeded' } });
    await settleAttempt(db, { id: other, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    expect(await claim(db, owner, 10, 30)).toHaveLength(1);
  });

  it('counts an attempt that runs on after a cancel against max_concurrency', async () => {
    const id = await queue(db, { function: 'single' }, 1);
    await queue(db, { function: 'single' }, 1);
    await claim(db, owner, 10, 30);
    await cancelExecution(db, id, { kind: 'cancelled', message: 'Cancelled', retryable: true });
    expect(await claim(db, owner, 10, 30)).toEqual([]);
  });

  it('puts a refused attempt behind it and waits before the next one', async () => {
    const id = await queue(db);
    await claim(db, owner, 1, 30);
    await requeue(db, id, 1, { error: THROTTLED, delaySeconds: 3_600 });
    expect(await claim(db, owner, 1, 30)).toEqual([]);
    await db.query('update executions set due_at = now()');
    const [second] = await claim(db, owner, 1, 30);
    expect(second?.number).toBe(2);
    expect((await getExecution(db, id))?.attempts).toMatchObject([
      { number: 1, outcome: 'refused', error: THROTTLED },
      { number: 2, phase: 'invoking' },
    ]);
  });

  it('finds attempts whose holder died, and only those', async () => {
    const id = await queue(db);
    await claim(db, owner, 1, 30);
    expect(await expiredLeases(db, 10)).toEqual([]);
    await handOver(db, owner);
    expect(await expiredLeases(db, 10)).toMatchObject([{ id, number: 1, function: 'fn' }]);
    await renewLeases(db, owner, [{ id, number: 1 }], 30);
    expect(await expiredLeases(db, 10)).toEqual([]);
    await recordDoubt(db, id, 1, {
      code: 'response_lost',
      reason: 'gone',
      requestId: null,
      windowSeconds: 60,
      expiredOnly: true,
    });
    expect((await getExecution(db, id))?.state).toBe('running');
  });

  it('lets the lease of an attempt run out that its owner does not know of', async () => {
    const id = await queue(db);
    await claim(db, owner, 1, 0.001);
    await renewLeases(db, owner, [], 30);
    expect(await expiredLeases(db, 10)).toMatchObject([{ id, number: 1 }]);
  });

  it('finds the attempt that Lambda has or may have, for a cancel, until it ends', async () => {
    const id = await queue(db);
    expect(await findOpenAttempt(db, id)).toBeUndefined();
    await claim(db, owner, 1, 30);
    expect(await findOpenAttempt(db, id)).toMatchObject({ id, number: 1, phase: 'invoking' });
    await cancelExecution(db, id, { kind: 'cancelled', message: 'Cancelled', retryable: true });
    expect(await findOpenAttempt(db, id)).toMatchObject({ number: 1 });
    await settleAttempt(db, { id, number: 1, channel: 'response', outcome: { state: 'succeeded' } });
    expect(await findOpenAttempt(db, id)).toBeUndefined();
  });

  it('starts nothing after its deadline, limited or not', async () => {
    await queue(db, { timeoutSeconds: 0.001 });
    await queue(db, { timeoutSeconds: 0.001 }, 5);
    await db.query("update executions set deadline_at = now() - interval '1 second'");
    expect(await claim(db, owner, 10, 30)).toEqual([]);
  });

  it('wants an attempt until its execution is cancelled or its deadline passes', async () => {
    const [cancelled, overdue] = [await queue(db), await queue(db, { timeoutSeconds: 60 })];
    await claim(db, owner, 2, 30);
    expect([await isWanted(db, cancelled, 1), await isWanted(db, overdue, 1)]).toEqual([true, true]);
    await cancelExecution(db, cancelled, { kind: 'cancelled', message: 'Cancelled', retryable: true });
    await db.query('update executions set deadline_at = now() where id = $1', [overdue]);
    expect([await isWanted(db, cancelled, 1), await isWanted(db, overdue, 1)]).toEqual([false, false]);
  });

  it('takes a lost answer as doubt, and leaves doubt when Lambda turns out to have accepted', async () => {
    const id = await queue(db, { invocationType: 'Event', completion: ['logs'] });
    await claim(db, owner, 1, 30);
    await recordDoubt(db, id, 1, {
      code: 'response_lost',
      reason: 'socket hang up',
      requestId: null,
      windowSeconds: 60,
      expiredOnly: false,
    });
    expect(await getExecution(db, id)).toMatchObject({
      state: 'in_doubt',
      attempts: [{ doubt: 'socket hang up' }],
    });
    await recordAccepted(db, id, 1, {
      requestId: 'r-1',
      executedVersion: '1',
      durableExecutionArn: null,
      evidenceSeconds: 60,
    });
    expect(await getExecution(db, id)).toMatchObject({ state: 'running', requestId: 'r-1' });
  });

  it('gives an open attempt to one watcher until its next look is due', async () => {
    await queue(db, { invocationType: 'Event', completion: ['logs'] });
    const [attempt] = await claim(db, owner, 1, 30);
    if (!attempt) throw new Error('nothing claimed');
    await recordAccepted(db, attempt.id, 1, {
      requestId: 'r-1',
      executedVersion: null,
      durableExecutionArn: null,
      evidenceSeconds: 60,
    });
    expect(await takeDuePolls(db, 10)).toMatchObject([{ id: attempt.id, requestId: 'r-1', lastPoll: false }]);
    expect(await takeDuePolls(db, 10)).toEqual([]);
    await db.query("update attempts set poll_at = now(), evidence_until = now() - interval '1 second'");
    expect(await takeDuePolls(db, 10)).toMatchObject([{ lastPoll: true }]);
  });
});

describe('eight replicas on one PostgreSQL', () => {
  it('claim each of 400 executions exactly once, and never more than max_concurrency of one function', async () => {
    const db = await postgresLedger(20);
    for (let n = 0; n < 400; n += 1)
      await queue(db, { function: n % 4 === 0 ? 'limited' : 'free' }, n % 4 === 0 ? 7 : undefined);
    const claimed: string[] = [];
    let limited = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (;;) {
          const got = await claim(db, randomUUID(), 10, 30);
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
