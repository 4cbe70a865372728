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

describe.each(LEDGERS)('a rate that AWS throttles on %s', (_name, open) => {
  it('is halved once a second, without a burst, and not below a sixteenth', async () => {
    const db = await open();
    const halve = () => db.slowDown({ name: 'a', perSecond: 16 });
    const later = () => db.pass(1.01);
    expect(await db.takePlace({ name: 'a', perSecond: 16, burst: 16 })).toBe(0);
    expect(await halve()).toBe(8);
    expect(await halve()).toBeUndefined();
    const [first, second, third] = [
      await db.takePlace({ name: 'a', perSecond: 16, burst: 16 }),
      await db.takePlace({ name: 'a', perSecond: 16, burst: 16 }),
      await db.takePlace({ name: 'a', perSecond: 16, burst: 16 }),
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
      await db.run('delete from rates');
      await db.slowDown({ name: 'a', perSecond: 60 });
      await db.pass(seconds);
      return 2 * ((await db.slowDown({ name: 'a', perSecond: 60 })) ?? 0);
    };
    expect(await rateAfter(10)).toBeCloseTo(40, 0);
    expect(await rateAfter(300)).toBe(60);
    await db.close();
  });

  it('is slow from the first call on, where that is throttled before any place was taken', async () => {
    const db = await open();
    expect(await db.slowDown({ name: 'new', perSecond: 4 })).toBe(2);
    await db.close();
  });
});

describe('twenty replicas that call at once', () => {
  it('get one place each', async () => {
    const db = await postgresTestLedger(20);
    const waits = await Promise.all(
      Array.from({ length: 20 }, () => db.takePlace({ name: 'shared', perSecond: 0.01, burst: 5 })),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    const places = waits.filter((wait) => wait > 0).map((wait) => Math.round(wait / 100_000));
    expect(new Set(places).size).toBe(15);
    await db.close();
  });
});
