import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptKey } from '../../../src/domain/execution.ts';
import { LEDGERS, queue, type TestLedger } from '../../helpers/ledger.ts';
import { acceptance, BOOM, CANCELLED, doubt, refusal, settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const lease = { owner: randomUUID(), seconds: 30 };
const DAY = 86_400;
const FN_ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:fn';

describe.each(LEDGERS)('reading on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.clear();
  });

  async function held(fn = 'fn') {
    const { id } = newExecution();
    await db.submitMany([newExecution({ function: fn }, { id, lease })]);
    return { id, number: 1, function: fn };
  }

  it('finds nothing of an id that is not there', async () => {
    const { id } = newExecution();
    expect([
      await db.get(id),
      await db.findOpenAttempt(id),
      await db.findByRequestId(id),
      await db.readPayload(id),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('says which of many executions have ended, in whatever way', async () => {
    const [succeeded, failed, cancelled, running] = [await held(), await held(), await held(), await held()];
    await db.settleMany([settlement(succeeded), settlement(failed, { state: 'failed', error: BOOM })]);
    await db.cancel(cancelled.id, CANCELLED);
    const ids = [succeeded, failed, cancelled, running].map(({ id }) => id);
    const many = Array.from({ length: 500 }, () => newExecution().id);
    expect((await db.endedAmong([...many, ...ids])).sort()).toEqual(ids.slice(0, 3).sort());
    expect(await db.endedAmong([])).toEqual([]);
  });

  it('says which of many request ids belong to attempts, each once', async () => {
    const [a, again, b] = [await held(), await held(), await held()];
    await db.recordAcceptedMany([
      acceptance(a, { requestId: 'r-a' }),
      acceptance(again, { requestId: 'r-a' }),
      acceptance(b, { requestId: 'r-\'b\', "{}"' }),
    ]);
    const asked = ['r-a', 'r-a', 'r-\'b\', "{}"', 'r-c', ...Array.from({ length: 500 }, (_one, n) => `${n}`)];
    expect((await db.ownedRequestIds(asked)).sort()).toEqual(['r-\'b\', "{}"', 'r-a']);
    expect(await db.ownedRequestIds([])).toEqual([]);
  });

  it('finds the current execution of a key and not the one before it', async () => {
    const key = 'größe "1"';
    const first = newExecution({ idempotencyKey: key, payload: Buffer.from('1') });
    await db.submitMany([first]);
    expect(await db.findByKey(key)).toEqual({ execution: await db.get(first.id), requestHash: '1' });
    await db.cancel(first.id, CANCELLED);
    const second = newExecution({ idempotencyKey: key, payload: Buffer.from('2') }, { rerunFailed: true });
    await db.submitMany([second]);
    expect(await db.findByKey(key)).toEqual({ execution: await db.get(second.id), requestHash: '2' });
    expect(await db.findByKey('größe')).toBeUndefined();
  });

  describe('whether another attempt of the function may have a run without a name', () => {
    const rivalOf = (attempt: AttemptKey & { function: string }) => db.hasUnnamedRival(attempt);

    it('is false for an attempt alone, and beside those of other functions', async () => {
      const own = await held();
      await held('other');
      await queue(db);
      expect(await rivalOf(own)).toBe(false);
    });

    it('is true beside one that is being invoked, is in doubt, or ended without naming its invocation', async () => {
      const own = await held(FN_ARN);
      const rival = await held();
      expect([await rivalOf(own), await rivalOf(rival)]).toEqual([true, true]);
      await db.recordDoubtMany([doubt(rival)]);
      expect(await rivalOf(own)).toBe(true);
      await db.settleMany([settlement(rival, { state: 'failed', error: BOOM })]);
      expect(await rivalOf(own)).toBe(true);
    });

    it('is false beside one that has named its invocation, or was refused', async () => {
      const [own, accepted, refused] = [await held(), await held(), await held()];
      await db.recordAcceptedMany([acceptance(accepted)]);
      expect(await rivalOf(own)).toBe(true);
      await db.requeueMany([refusal(refused)]);
      expect(await rivalOf(own)).toBe(false);
    });

    it('is false beside one that began more than 6 h before, and true within them', async () => {
      const rival = await held();
      await db.pass(6 * 3_600 + 5, rival.id);
      const own = await held();
      expect(await rivalOf(own)).toBe(false);
      await db.pass(-10, rival.id);
      expect(await rivalOf(own)).toBe(true);
    });
  });

  it('deletes as many as it is told of those that ended first, with all that belongs to them', async () => {
    const keys = [await held(), await held(), await held()] as const;
    await db.settleMany(keys.map((key) => settlement(key)));
    for (const [at, { id }] of keys.entries()) await db.pass((40 - at) * DAY, id);
    const running = await held();
    await db.pass(100 * DAY, running.id);
    const queued = await queue(db);
    await db.pass(100 * DAY, queued);
    expect(await db.deleteEnded(30, 2)).toBe(2);
    expect(await Promise.all(keys.map(({ id }) => db.get(id)))).toEqual([
      undefined,
      undefined,
      expect.objectContaining({ id: keys[2].id }),
    ]);
    expect([await db.deleteEnded(30, 2), await db.deleteEnded(30, 2)]).toEqual([1, 0]);
    const left = (await db.list({}, 10)).map(({ id }) => id);
    expect(left.sort()).toEqual([queued, running.id].sort());
  });

  it('keeps a cancelled execution while its attempt runs on, and forgets who came before a deleted one', async () => {
    const cancelled = newExecution({ idempotencyKey: 'k' }, { lease });
    await db.submitMany([cancelled]);
    await db.cancel(cancelled.id, CANCELLED);
    const next = newExecution({ idempotencyKey: 'k' }, { rerunFailed: true });
    await db.submitMany([next]);
    await db.pass(31 * DAY, cancelled.id);
    expect(await db.deleteEnded(30, 10)).toBe(0);
    await db.settleMany([settlement({ id: cancelled.id, number: 1 })]);
    expect((await db.get(next.id))?.previousId).toBe(cancelled.id);
    expect(await db.deleteEnded(30, 10)).toBe(1);
    expect((await db.get(next.id))?.previousId).toBeNull();
  });
});
