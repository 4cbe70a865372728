import { describe, expect, it, vi } from 'vitest';
import { SharedCache } from '../../src/aws/shared-cache.ts';

function counting(keepMs: number, staleMs = 0) {
  let calls = 0;
  return {
    load: async () => {
      calls += 1;
      return { value: calls, keepMs, staleMs };
    },
    calls: () => calls,
  };
}

describe('a shared cache', () => {
  it('loads once for callers that ask at the same time, and keeps the answer', async () => {
    const cache = new SharedCache<number>(10);
    const { load, calls } = counting(60_000);
    await Promise.all([cache.get('a', load), cache.get('a', load)]);
    expect(await cache.get('a', load)).toBe(1);
    expect(calls()).toBe(1);
  });

  it('loads again when the answer has expired', async () => {
    const cache = new SharedCache<number>(10);
    const { load } = counting(0);
    expect([await cache.get('a', load), await cache.get('a', load)]).toEqual([1, 2]);
  });

  it('hands out a stale answer while one call renews it', async () => {
    const cache = new SharedCache<number>(10);
    const { load, calls } = counting(0, 60_000);
    expect(await cache.get('a', load)).toBe(1);
    const renewing = Promise.withResolvers<{ value: number; keepMs: number }>();
    const renew = () => renewing.promise;
    expect([await cache.get('a', renew), await cache.get('a', load)]).toEqual([1, 1]);
    expect(calls()).toBe(1);
    renewing.resolve({ value: 5, keepMs: 60_000 });
    await renewing.promise;
    await vi.waitFor(async () => expect(await cache.get('a', load)).toBe(5));
  });

  it('tries again where a renewal failed, and hands out the stale answer meanwhile', async () => {
    const cache = new SharedCache<number>(10);
    await cache.get('a', counting(0, 60_000).load);
    expect(await cache.get('a', () => Promise.reject(new Error('down')))).toBe(1);
    const { load } = counting(60_000);
    expect(await cache.get('a', load)).toBe(1);
  });

  it('does not keep a failure', async () => {
    const cache = new SharedCache<number>(10);
    await expect(cache.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await cache.get('a', counting(60_000).load)).toBe(1);
  });

  it('forgets the oldest answer when it is full', async () => {
    const cache = new SharedCache<number>(2);
    const { load, calls } = counting(60_000);
    for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await cache.get(key, load);
    expect(calls()).toBe(4);
  });
});
