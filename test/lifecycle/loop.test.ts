import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Loop } from '../../src/lifecycle/loop.ts';
import { recordedLog } from '../helpers/log.ts';

const INTERVAL = 1_000;
let rounds: PromiseWithResolvers<void>[];
let loop: Loop;
const { log, lines } = recordedLog();

beforeEach(() => {
  vi.useFakeTimers();
  rounds = [];
  lines.length = 0;
  loop = new Loop('worker', begin, INTERVAL, log);
});
afterEach(() => {
  vi.useRealTimers();
});

function begin(): Promise<void> {
  const round = Promise.withResolvers<void>();
  rounds.push(round);
  return round.promise;
}

/** Ends the round that runs. */
async function end(fault?: Error): Promise<void> {
  const round = rounds.at(-1);
  if (fault) round?.reject(fault);
  else round?.resolve();
  await vi.advanceTimersByTimeAsync(0);
}

it('works at once and again one interval after the end of a round', async () => {
  loop.start();
  expect(rounds).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(INTERVAL * 5);
  expect(rounds).toHaveLength(1);
  await end();
  await vi.advanceTimersByTimeAsync(INTERVAL - 1);
  expect(rounds).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(rounds).toHaveLength(2);
});

it('works earlier when nudged, and waits the whole interval after that', async () => {
  loop.start();
  await end();
  await vi.advanceTimersByTimeAsync(INTERVAL - 1);
  loop.nudge();
  expect(rounds).toHaveLength(2);
  await end();
  await vi.advanceTimersByTimeAsync(INTERVAL - 1);
  expect(rounds).toHaveLength(2);
});

it('turns all nudges of a round into one more round, right after it', async () => {
  loop.start();
  loop.nudge();
  loop.nudge();
  expect(rounds).toHaveLength(1);
  await end();
  expect(rounds).toHaveLength(2);
  await end();
  expect(rounds).toHaveLength(2);
});

it('logs a fault and tries again after the interval', async () => {
  loop.start();
  await end(new Error('the database is away'));
  expect(lines).toEqual([
    expect.objectContaining({
      loop: 'worker',
      err: expect.objectContaining({ message: 'the database is away' }),
    }),
  ]);
  await vi.advanceTimersByTimeAsync(INTERVAL);
  expect(rounds).toHaveLength(2);
});

it('does nothing before its start', async () => {
  loop.nudge();
  await vi.advanceTimersByTimeAsync(INTERVAL * 2);
  expect(rounds).toHaveLength(0);
});

it('stops after the round that runs, also when it was nudged, and can be started again', async () => {
  loop.start();
  loop.nudge();
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  await vi.advanceTimersByTimeAsync(INTERVAL);
  expect(stopped).toBe(false);
  await end();
  await stopping;
  loop.nudge();
  await vi.advanceTimersByTimeAsync(INTERVAL * 2);
  expect(rounds).toHaveLength(1);
  loop.start();
  expect(rounds).toHaveLength(2);
});

it('leaves no timer behind when it stops between rounds', async () => {
  loop.start();
  await end();
  await loop.stop();
  expect(vi.getTimerCount()).toBe(0);
});
