import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/domain/backoff.ts';

describe('backoffMs', () => {
  it('doubles from the first pause up to the longest', () => {
    const pauses = [0, 1, 2, 3, 50, 2_000].map((retry) => backoffMs(retry, { firstMs: 100, maxMs: 700 }));
    expect(pauses).toEqual([100, 200, 400, 700, 700, 700]);
  });

  it('grows by another factor where one is given', () => {
    expect(backoffMs(2, { firstMs: 2, maxMs: 900, factor: 3 })).toBe(18);
  });

  it.each([
    ['full', 0],
    ['half', 500],
  ] as const)('spreads pauses with %s jitter', (jitter, least) => {
    const pauses = Array.from({ length: 500 }, () => backoffMs(0, { firstMs: 1_000, maxMs: 1_000, jitter }));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
    expect(new Set(pauses).size).toBeGreaterThan(100);
  });
});
