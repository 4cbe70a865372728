import { describe, expect, it, vi } from 'vitest';
import { SharedCache } from '../../src/aws/shared-cache.ts';

/** A loader whose first value is 1, the second 2 and so on. */
function countingLoader(keepMs: number, staleMs = 0) {
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
  it('loads once for callers that ask at the same time, and keeps the value', async () => {
    const cache = new SharedCache<number>(10);
    const { load, calls } = countingLoader(60_000);
    await Promise.all([cache.get('a', load), cache.get('a', load)]);
    expect(await cache.get('a', load)).toBe(1);
    expect(calls()).toBe(1);
  });

  it('loads again when the value has expired', async () => {
    const cache = new SharedCache<number>(10);
    const { load } = countingLoader(0);
    expect([await cache.get('a', load), await cache.get('a', load)]).toEqual([1, 2]);
  });

  it('returns a stale value while one call renews it', async () => {
    const cache = new SharedCache<number>(10);
    const { load, calls } = countingLoader(0, 60_000);
    expect(await cache.get('a', load)).toBe(1);
    const renewing = Promise.withResolvers<{ value: number; keepMs: number }>();
    const renew = () => renewing.promise;
    expect([await cache.get('a', renew), await cache.get('a', load)]).toEqual([1, 1]);
    expect(calls()).toBe(1);
    renewing.resolve({ value: 5, keepMs: 60_000 });
    await renewing.promise;
    await vi.waitFor(async () => expect(await cache.get('a', load)).toBe(5));
  });

  it('tries again when a renewal has failed, and returns the stale value meanwhile', async () => {
    const cache = new SharedCache<number>(10);
    await cache.get('a', countingLoader(0, 60_000).load);
    expect(await cache.get('a', () => Promise.reject(new Error('down')))).toBe(1);
    const renewing = Promise.withResolvers<{ value: number; keepMs: number }>();
    const renew = vi.fn(() => renewing.promise);
    await vi.waitFor(async () => {
      expect(await cache.get('a', renew)).toBe(1);
      expect(renew).toHaveBeenCalledOnce();
    });
    renewing.resolve({ value: 5, keepMs: 60_000 });
    await vi.waitFor(async () => expect(await cache.get('a', renew)).toBe(5));
  });

  it('does not keep a failure', async () => {
    const cache = new SharedCache<number>(10);
    await expect(cache.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await cache.get('a', countingLoader(60_000).load)).toBe(1);
  });

  it('drops the least recently used value when it is full, not the oldest', async () => {
    const cache = new SharedCache<string>(2);
    const load = vi.fn(async (key: string) => ({ value: key, keepMs: 60_000 }));
    // The 'a' in the middle makes 'b' the least recently used, although 'a' was loaded first.
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key, () => load(key));
    expect(load.mock.calls).toEqual([['a'], ['b'], ['c'], ['b']]);
  });
});
