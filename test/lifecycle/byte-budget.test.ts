import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ByteBudget, type HeldBytes } from '../../src/lifecycle/byte-budget.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether a promise has a value by now. */
async function given(taking: Promise<HeldBytes | undefined>): Promise<boolean> {
  const pending = Symbol('pending');
  await vi.advanceTimersByTimeAsync(0);
  return (await Promise.race([taking, Promise.resolve(pending)])) !== pending;
}

describe('a budget of bytes', () => {
  it('is given out up to its size, and again when it is released', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.take(60);
    const second = budget.take(60);
    expect(await given(second)).toBe(false);
    first?.release();
    expect(await given(second)).toBe(true);
  });

  it('is released by the last of its users, who is told', async () => {
    const budget = new ByteBudget(100);
    const held = await budget.take(100);
    let freed = 0;
    held?.onRelease(() => {
      freed += 1;
    });
    const user = held?.retain();
    const next = budget.take(1);
    held?.release();
    expect([await given(next), freed]).toEqual([false, 0]);
    user?.release();
    expect([await given(next), freed]).toEqual([true, 1]);
  });

  it('serves those who wait in their order, so that large ones come to their turn', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.take(50);
    const large = budget.take(100);
    const small = budget.take(1);
    expect([await given(large), await given(small)]).toEqual([false, false]);
    first?.release();
    expect([await given(large), await given(small)]).toEqual([true, false]);
  });

  it('gives more than it has to one alone', async () => {
    const budget = new ByteBudget(100);
    expect(await given(budget.take(1_000))).toBe(true);
    expect(await given(budget.take(1))).toBe(false);
  });

  it('gives up on who does not want to wait longer, and goes on with the next', async () => {
    const budget = new ByteBudget(100);
    await budget.take(50);
    const large = budget.take(80, 1_000);
    const small = budget.take(40);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await large).toBeUndefined();
    expect(await given(small)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
