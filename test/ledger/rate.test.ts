import { describe, expect, it } from 'vitest';
import { queueMs, slowDown, takePlace } from '../../src/ledger/rate.ts';
import { LEDGERS, postgresLedger } from '../helpers/ledger.ts';

describe.each(LEDGERS)('a shared rate on %s', (_name, open) => {
  it('lets a burst pass and spaces what follows, apart for each name', async () => {
    const db = await open();
    // one call in 100 s: what the test itself takes does not matter
    const take = (name: string) => takePlace(db, name, 0.01, 3);
    expect([await take('a'), await take('a'), await take('a')]).toEqual([0, 0, 0]);
    const [fourth, fifth] = [await take('a'), await take('a')];
    expect(fourth).toBeGreaterThan(90_000);
    expect(fourth).toBeLessThanOrEqual(100_000);
    expect(fifth - fourth).toBeGreaterThan(90_000);
    expect(await queueMs(db, 'a')).toBeGreaterThan(190_000);
    expect([await queueMs(db, 'b'), await take('b'), await queueMs(db, 'b')]).toEqual([0, 0, 0]);
    await db.close();
  });
});

describe.each(LEDGERS)('a rate that AWS throttles on %s', (_name, open) => {
  it('is halved once a second, without a burst, and not below a sixteenth', async () => {
    const db = await open();
    const halve = () => slowDown(db, 'a', 16);
    const later = () => db.query("update rates set slowed_at = slowed_at - interval '1.01 second'");
    expect(await takePlace(db, 'a', 16, 16)).toBe(0);
    expect(await halve()).toBe(8);
    expect(await halve()).toBeUndefined();
    const [first, second, third] = [
      await takePlace(db, 'a', 16, 16),
      await takePlace(db, 'a', 16, 16),
      await takePlace(db, 'a', 16, 16),
    ];
    expect(first).toBeGreaterThan(0);
    expect(third - second).toBeLessThanOrEqual(125);
    await later();
    expect(await halve()).toBeCloseTo(4, 0);
    for (let times = 0; times < 4; times += 1) {
      await later();
      await halve();
    }
    await later();
    expect(await halve()).toBe(1);
    await db.close();
  });

  it('recovers by a sixtieth of its maximum each second', async () => {
    const db = await open();
    const rateAfter = async (seconds: number) => {
      await db.query('delete from rates');
      await slowDown(db, 'a', 60);
      await db.query('update rates set slowed_at = now() - make_interval(secs => $1::double precision)', [
        seconds,
      ]);
      return 2 * ((await slowDown(db, 'a', 60)) ?? 0);
    };
    expect(await rateAfter(10)).toBeCloseTo(40, 0);
    expect(await rateAfter(300)).toBe(60);
    await db.close();
  });

  it('is slow from the first call on, where that is throttled before any place was taken', async () => {
    const db = await open();
    expect(await slowDown(db, 'new', 4)).toBe(2);
    await db.close();
  });
});

describe('twenty replicas that call at once', () => {
  it('get one place each', async () => {
    const db = await postgresLedger(20);
    const waits = await Promise.all(Array.from({ length: 20 }, () => takePlace(db, 'shared', 1, 5)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    const places = waits.filter((wait) => wait > 0).map((wait) => Math.round(wait / 1_000));
    expect(new Set(places).size).toBe(15);
    await db.close();
  });
});
