import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTraceRoot, traceRoot } from '../../src/domain/id.ts';
import type { Database } from '../../src/ledger/database.ts';
import { claim, recordDoubt } from '../../src/ledger/dispatch.ts';
import { findDoubted } from '../../src/ledger/settle.ts';
import { LEDGERS, queue } from '../helpers/ledger.ts';

describe.each(LEDGERS)('the attempt in doubt with a trace root, on %s', (_name, open) => {
  let db: Database;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  const find = (id: string, number = 1) => {
    const root = parseTraceRoot(traceRoot(id, number));
    return root && findDoubted(db, root);
  };

  it('is found among others of the same second, and only by its own root', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => queue(db, { invocationType: 'Event' })));
    await claim(db, randomUUID(), 10, 30);
    const [id = '', other = ''] = ids;
    expect(await find(id)).toBeUndefined();
    const doubt = { code: 'response_lost', reason: 'lost', requestId: null } as const;
    for (const one of [id, other])
      await recordDoubt(db, one, 1, { ...doubt, windowSeconds: 60, expiredOnly: false });
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
