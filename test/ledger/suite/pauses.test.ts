import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEDGERS, queue, settleOne, type TestLedger } from '../../helpers/ledger.ts';

const OVERDUE = { kind: 'deadline_exceeded', message: 'Too late', retryable: true } as const;
const MINUTE_MS = 60_000;

describe.each(LEDGERS)('a pause on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.clear();
  });

  async function accepted(timeoutSeconds?: number): Promise<string> {
    const id = await queue(db, {
      invocationType: 'Event',
      completion: ['durable'],
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    });
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    await db.recordAcceptedMany([
      {
        id: id,
        number: 1,
        requestId: null,
        executedVersion: null,
        durableExecutionArn: 'arn',
        evidenceSeconds: 60,
      },
    ]);
    return id;
  }

  async function windowOf(id: string) {
    const deadline = (await db.get(id))?.deadlineAt?.getTime() ?? 0;
    return { deadline, evidence: await db.evidenceUntil(id) };
  }

  it('holds the deadline, and moves it and the evidence window when it ends', async () => {
    const id = await accepted(30);
    await db.recordPaused({ id: id, number: 1 });
    const before = await windowOf(id);
    await db.pass(60);
    expect(await db.failOverdue(OVERDUE)).toEqual([]);
    expect(await db.findOpenAttempt(id)).toMatchObject({ paused: true });
    expect((await db.get(id))?.attempts[0]?.pausedAt).toBeInstanceOf(Date);

    await db.recordResumed({ id: id, number: 1 });
    const after = await windowOf(id);
    expect(after.deadline - before.deadline).toBeLessThan(MINUTE_MS / 2);
    expect(after.deadline - before.deadline).toBeGreaterThanOrEqual(0);
    expect(after.evidence - before.evidence).toBeLessThan(MINUTE_MS / 2);
    expect(after.evidence - before.evidence).toBeGreaterThanOrEqual(0);
    expect(await db.findOpenAttempt(id)).toMatchObject({ paused: false });
    expect(await db.failOverdue(OVERDUE)).toEqual([]);
  });

  it('that has ended lets the deadline fail the execution', async () => {
    const id = await accepted(30);
    await db.recordPaused({ id: id, number: 1 });
    await db.recordResumed({ id: id, number: 1 });
    await db.pass(31);
    expect(await db.failOverdue(OVERDUE)).toEqual([id]);
  });

  it('counts from the first poll that finds it, and ends once', async () => {
    const id = await accepted();
    await db.recordPaused({ id: id, number: 1 });
    await db.pass(60);
    await db.recordPaused({ id: id, number: 1 });
    const before = await windowOf(id);
    await Promise.all([db.recordResumed({ id: id, number: 1 }), db.recordResumed({ id: id, number: 1 })]);
    const moved = (await windowOf(id)).evidence - before.evidence;
    expect(moved).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(moved).toBeLessThan(2 * MINUTE_MS);
    expect(await windowOf(id)).toMatchObject({ deadline: 0 });
  });

  it('is over when the attempt has ended', async () => {
    const id = await accepted();
    await db.recordPaused({ id: id, number: 1 });
    await settleOne(db, { id, number: 1, channel: 'durable', outcome: { state: 'succeeded' } });
    expect((await db.get(id))?.attempts[0]?.pausedAt).toBeNull();
    await db.recordPaused({ id: id, number: 1 });
    expect((await db.get(id))?.attempts[0]?.pausedAt).toBeNull();
  });
});
