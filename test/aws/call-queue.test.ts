import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallQueue, type Turn } from '../../src/aws/call-queue.ts';
import { until } from '../helpers/until.ts';

/** One place a second. */
const SECOND = 1_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function startQueue() {
  const sent: string[] = [];
  // node:timers/promises has no fake, so the places come when the test says.
  let places: (() => void)[] = [];
  const queue = new CallQueue(async () => {
    await new Promise<void>((resolve) => places.push(resolve));
    return 0;
  }, 1);
  return {
    queue,
    sent,
    call: (name: string, turn?: Partial<Turn>) =>
      queue
        .pass(turn && { rank: () => 0, passed: () => undefined, signal: undefined, ...turn })
        .then(() => sent.push(name)),
    async place(afterMs = SECOND) {
      vi.advanceTimersByTime(afterMs);
      const before = sent.length;
      for (const place of places.splice(0)) place();
      places = [];
      for (let turns = 0; turns < 20 && sent.length === before; turns += 1) await Promise.resolve();
    },
  };
}

describe('a queue of calls', () => {
  it('gives each place to the call with the highest rank of that moment', async () => {
    const { sent, call, place } = startQueue();
    let urgent = 0;
    void call('first', { rank: () => 1 });
    void call('second', { rank: () => urgent });
    await place();
    urgent = 5;
    void call('third', { rank: () => 2 });
    await place();
    await place();
    expect(sent).toEqual(['first', 'second', 'third']);
  });

  it('lets readers and polls take turns, readers in the order in which they came', async () => {
    const { sent, call, place } = startQueue();
    for (const name of ['r1', 'r2', 'r3']) void call(name);
    for (const name of ['p1', 'p2']) void call(name, {});
    for (let places = 0; places < 5; places += 1) await place();
    expect(sent).toEqual(['p1', 'r1', 'p2', 'r2', 'r3']);
  });

  it('gives every second place to polls that have waited 30 s, the longest first', async () => {
    const { sent, call, place } = startQueue();
    for (const name of ['old1', 'old2']) void call(name, {});
    for (const name of ['young1', 'young2', 'young3']) void call(name, { rank: () => 1 });
    await place(31_000);
    for (let places = 0; places < 4; places += 1) await place();
    expect(sent).toEqual(['young1', 'old1', 'young2', 'old2', 'young3']);
  });

  it('tells a reader how long it would wait', async () => {
    const { queue, call, place } = startQueue();
    expect(queue.readerMs()).toBe(0);
    void call('r1');
    void call('r2');
    expect(queue.readerMs()).toBe(2 * SECOND);
    void call('p1', {});
    expect(queue.readerMs()).toBe(4 * SECOND);
    await place(5 * SECOND);
    expect(queue.readerMs()).toBe(2 * 5 * SECOND);
  });

  it('takes an aborted call out of the line, or does not let it in', async () => {
    const { sent, call, place } = startQueue();
    const stopping = new AbortController();
    const { signal } = stopping;
    void call('other', {});
    const waits = call('aborted', { rank: () => 9, signal });
    stopping.abort(new Error('stopping'));
    await expect(waits).rejects.toThrow('stopping');
    await expect(call('late', { signal })).rejects.toThrow('stopping');
    await place();
    expect(sent).toEqual(['other']);
  });

  it('fails the calls that wait when no place can be had, and serves later ones', async () => {
    let broken = true;
    const queue = new CallQueue(async () => {
      if (broken) throw new Error('the ledger is away');
      return 0;
    }, 1);
    await expect(Promise.all([queue.pass(), queue.pass()])).rejects.toThrow('the ledger is away');
    broken = false;
    await queue.pass();
  });

  it('waits as long as the place says', async () => {
    vi.useRealTimers();
    const queue = new CallQueue(async () => 30, 1);
    const began = performance.now();
    let passed = false;
    void queue.pass().then(() => {
      passed = true;
    });
    await until('it has passed', () => passed);
    expect(performance.now() - began).toBeGreaterThan(25);
  });
});
