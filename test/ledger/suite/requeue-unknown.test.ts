import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGERS, queue, submitOne, type TestLedger } from '../../helpers/ledger.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const NOT_SENT = { kind: 'invoke_rejected', message: 'Nothing was sent', retryable: true } as const;

describe.each(LEDGERS)('attempts that their replica does not know of, on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  it('are queued again, and no others', async () => {
    const lease = { owner: randomUUID(), seconds: 30 };
    const [held, unknown, accepted] = await Promise.all(
      Array.from({ length: 3 }, async () => (await submitOne(db, newExecution({}, { lease }))).execution.id),
    );
    const foreign = await queue(db);
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    await db.recordAcceptedMany([
      {
        id: accepted ?? '',
        number: 1,
        requestId: 'r',
        executedVersion: null,
        durableExecutionArn: null,
        evidenceSeconds: 60,
      },
    ]);
    expect(await db.requeueUnknown(lease.owner, [held ?? ''], NOT_SENT)).toEqual([unknown]);
    expect(await db.get(unknown ?? '')).toMatchObject({
      state: 'queued',
      attempts: [{ phase: 'ended', outcome: 'refused', error: NOT_SENT }],
    });
    for (const id of [held, accepted, foreign])
      expect(await db.get(id ?? '')).toMatchObject({ state: 'running' });
    expect(await db.claimDue(lease, 10)).toMatchObject([{ id: unknown, number: 2 }]);
    expect(await db.requeueUnknown(lease.owner, [held ?? '', unknown ?? ''], NOT_SENT)).toEqual([]);
  });
});
