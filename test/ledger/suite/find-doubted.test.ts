import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTraceRoot, traceRoot } from '../../../src/domain/id.ts';
import { LEDGERS, queue, type TestLedger } from '../../helpers/ledger.ts';

describe.each(LEDGERS)('the attempt in doubt with a trace root, on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  const find = (id: string, number = 1) => {
    const root = parseTraceRoot(traceRoot(id, number));
    return root && db.findDoubted(root);
  };

  it('is found among others of the same second, and only by its own root', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => queue(db, { invocationType: 'Event' })));
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    const [id = '', other = ''] = ids;
    expect(await find(id)).toBeUndefined();
    const doubt = { code: 'response_lost', reason: 'lost', requestId: null } as const;
    for (const one of [id, other])
      await db.recordDoubtMany([{ id: one, number: 1, ...doubt, windowSeconds: 60, expiredOnly: false }]);
    expect(await find(id)).toEqual({
      id,
      number: 1,
      phase: 'in_doubt',
      completion: ['response'],
      function: 'fn',
    });
    expect(await find(other)).toMatchObject({ id: other });
    expect(await find(id, 2)).toBeUndefined();
    expect(await find(ids[2] ?? '')).toBeUndefined();
  });
});
