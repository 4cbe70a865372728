import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExecutionDetail, State } from '../../../src/domain/execution.ts';
import { readWhenEnded, Waiters } from '../../../src/lifecycle/settle/waiters.ts';

const LONG = 60_000;
const never = new AbortController().signal;
let asked: string[][];
let ended: string[];
let waiters: Waiters;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  ended = [];
  waiters = new Waiters(async (ids) => {
    asked.push([...ids]);
    return ids.filter((id) => ended.includes(id));
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Becomes true when the wait is over. */
function watch(waiting: Promise<unknown>): { over: boolean } {
  const seen = { over: false };
  waiting.then(() => {
    seen.over = true;
  });
  return seen;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('Waiters', () => {
  it('wakes everyone who waits for an execution that ended here, and nobody else', async () => {
    const first = watch(waiters.wait('a', LONG, never));
    const second = watch(waiters.wait('a', LONG, never));
    const other = watch(waiters.wait('b', LONG, never));
    waiters.ended(['a', 'unknown']);
    await settle();
    expect([first.over, second.over, other.over]).toEqual([true, true, false]);
  });

  it('returns when the time is over', async () => {
    const seen = watch(waiters.wait('a', 1_000, never));
    await vi.advanceTimersByTimeAsync(999);
    expect(seen.over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.over).toBe(true);
  });

  it('returns at once without a time to wait, or for a caller who has left', async () => {
    await waiters.wait('a', 0, never);
    await waiters.wait('a', LONG, AbortSignal.abort());
    await waiters.runOnce();
    expect(asked).toEqual([]);
  });

  it('asks one question for all of them in a round, and none when nobody waits', async () => {
    await waiters.runOnce();
    const seen = ['a', 'a', 'b', 'c'].map((id) => watch(waiters.wait(id, LONG, never)));
    ended = ['a', 'c'];
    await waiters.runOnce();
    await settle();
    expect(asked).toEqual([['a', 'b', 'c']]);
    expect(seen.map(({ over }) => over)).toEqual([true, true, false, true]);
  });

  it('forgets who was answered, whose time is over and who has left', async () => {
    const gone = new AbortController();
    const all = [
      waiters.wait('answered', LONG, never),
      waiters.wait('late', 10, never),
      waiters.wait('left', LONG, gone.signal),
    ];
    waiters.ended(['answered']);
    gone.abort();
    await vi.advanceTimersByTimeAsync(10);
    await Promise.all(all);
    await waiters.runOnce();
    expect(asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('answers everyone when the service stops', async () => {
    const seen = ['a', 'b'].map((id) => watch(waiters.wait(id, LONG, never)));
    waiters.release();
    await settle();
    expect(seen.map(({ over }) => over)).toEqual([true, true]);
  });
});

describe('readWhenEnded', () => {
  let state: State;
  let reads: number;
  beforeEach(() => {
    state = 'running';
    reads = 0;
  });
  const read = async () => {
    reads += 1;
    return { state } as ExecutionDetail;
  };
  const readA = (ms: number) => readWhenEnded(waiters, 'a', ms, never, read);

  it('reads once what has ended', async () => {
    state = 'succeeded';
    expect(await readA(LONG)).toEqual({ state: 'succeeded' });
    expect(reads).toBe(1);
  });

  it('reads once when nobody wants to wait', async () => {
    expect(await readA(0)).toEqual({ state: 'running' });
    expect(reads).toBe(1);
  });

  it('reads again as soon as it has ended', async () => {
    const answer = readA(LONG);
    await settle();
    state = 'failed';
    waiters.ended(['a']);
    expect(await answer).toEqual({ state: 'failed' });
  });

  it('says how it stands when the time is over', async () => {
    const answer = readA(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answer).toEqual({ state: 'running' });
    expect(reads).toBe(2);
  });

  it('does not miss an end that comes while it reads for the first time', async () => {
    const answer = readWhenEnded(waiters, 'a', LONG, never, async () => {
      const seen = { state } as ExecutionDetail;
      if (state === 'running') {
        state = 'succeeded';
        waiters.ended(['a']);
      }
      return seen;
    });
    expect(await answer).toEqual({ state: 'succeeded' });
  });

  it('leaves no waiter behind, neither after an answer nor after a fault', async () => {
    state = 'succeeded';
    await readA(LONG);
    const fault = new Error('no such execution');
    await expect(readWhenEnded(waiters, 'a', LONG, never, () => Promise.reject(fault))).rejects.toBe(fault);
    await waiters.runOnce();
    expect(asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
