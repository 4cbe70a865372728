import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/ledger/database.ts';
import { claim, recordAccepted } from '../../src/ledger/dispatch.ts';
import { getExecution } from '../../src/ledger/executions.ts';
import { findOpenAttempt } from '../../src/ledger/open-attempts.ts';
import { recordPaused, recordResumed } from '../../src/ledger/pauses.ts';
import { failOverdue, settleAttempt } from '../../src/ledger/settle.ts';
import { LEDGERS, queue } from '../helpers/ledger.ts';

const OVERDUE = { kind: 'deadline_exceeded', message: 'Too late', retryable: true } as const;
const MINUTE_MS = 60_000;

describe.each(LEDGERS)('a pause on %s', (_name, open) => {
  let db: Database;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.query('delete from executions');
  });

  async function accepted(timeoutSeconds?: number): Promise<string> {
    const id = await queue(db, {
      invocationType: 'Event',
      completion: ['durable'],
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    });
    await claim(db, randomUUID(), 10, 30);
    await recordAccepted(db, id, 1, {
      requestId: null,
      executedVersion: null,
      durableExecutionArn: 'arn',
      evidenceSeconds: 60,
    });
    return id;
  }

  async function windowOf(id: string) {
    const [row] = await db.query<{ deadline_at: Date | null; evidence_until: Date }>(
      `select e.deadline_at, a.evidence_until from executions e join attempts a on a.execution_id = e.id
       where e.id = $1::uuid`,
      [id],
    );
    if (!row) throw new Error('no such execution');
    return { deadline: row.deadline_at?.getTime() ?? 0, evidence: row.evidence_until.getTime() };
  }

  it('holds the deadline, and moves it and the evidence window when it ends', async () => {
    const id = await accepted(30);
    await recordPaused(db, id, 1);
    const before = await windowOf(id);
    await db.query("update attempts set paused_at = now() - interval '1 minute'");
    await db.query("update executions set deadline_at = deadline_at - interval '1 minute'");
    expect(await failOverdue(db, OVERDUE)).toEqual([]);
    expect(await findOpenAttempt(db, id)).toMatchObject({ paused: true });
    expect((await getExecution(db, id))?.attempts[0]?.pausedAt).toBeInstanceOf(Date);

    await recordResumed(db, id, 1);
    const after = await windowOf(id);
    expect(after.deadline - before.deadline).toBeLessThan(MINUTE_MS / 2);
    expect(after.deadline - before.deadline).toBeGreaterThanOrEqual(0);
    expect(after.evidence - before.evidence).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(await findOpenAttempt(db, id)).toMatchObject({ paused: false });
    expect(await failOverdue(db, OVERDUE)).toEqual([]);
  });

  it('that has ended lets the deadline fail the execution', async () => {
    const id = await accepted(30);
    await recordPaused(db, id, 1);
    await recordResumed(db, id, 1);
    await db.query("update executions set deadline_at = now() - interval '1 second'");
    expect(await failOverdue(db, OVERDUE)).toEqual([id]);
  });

  it('counts from the first poll that finds it, and ends once', async () => {
    const id = await accepted();
    await recordPaused(db, id, 1);
    await db.query("update attempts set paused_at = now() - interval '1 minute'");
    await recordPaused(db, id, 1);
    const before = await windowOf(id);
    await Promise.all([recordResumed(db, id, 1), recordResumed(db, id, 1)]);
    const moved = (await windowOf(id)).evidence - before.evidence;
    expect(moved).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(moved).toBeLessThan(2 * MINUTE_MS);
    expect(await windowOf(id)).toMatchObject({ deadline: 0 });
  });

  it('is over when the attempt has ended', async () => {
    const id = await accepted();
    await recordPaused(db, id, 1);
    await settleAttempt(db, { id, number: 1, channel: 'durable', outcome: { state: 'succeeded' } });
    expect((await getExecution(db, id))?.attempts[0]?.pausedAt).toBeNull();
    await recordPaused(db, id, 1);
    expect((await getExecution(db, id))?.attempts[0]?.pausedAt).toBeNull();
  });
});
