import { describe, expect, it } from 'vitest';
import { LEDGERS, postgresTestLedger } from '../../helpers/ledger.ts';

describe.each(LEDGERS)('a shared rate on %s', (_name, open) => {
  it('lets a burst pass and spaces what follows, apart for each name', async () => {
    const db = await open();
    // one call in 100 s: what the test itself takes does not matter
    const take = (name: string) => db.takePlace({ name: name, perSecond: 0.01, burst: 3 });
    expect([await take('a'), await take('a'), await take('a')]).toEqual([0, 0, 0]);
    const [fourth, fifth] = [await take('a'), await take('a')];
    expect(fourth).toBeGreaterThan(90_000);
    expect(fourth).toBeLessThanOrEqual(100_000);
    expect(fifth - fourth).toBeGreaterThan(90_000);
    expect(await db.queueMs('a')).toBeGreaterThan(190_000);
    expect([await db.queueMs('b'), await take('b'), await db.queueMs('b')]).toEqual([0, 0, 0]);
    await db.close();
  });
});

describe('twenty replicas that call at once', () => {
  it('get one place each', async () => {
    const db = await postgresTestLedger(20);
    const waits = await Promise.all(
      Array.from({ length: 20 }, () => db.takePlace({ name: 'shared', perSecond: 1, burst: 5 })),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    const places = waits.filter((wait) => wait > 0).map((wait) => Math.round(wait / 1_000));
    expect(new Set(places).size).toBe(15);
    await db.close();
  });
});
