import { describe, expect, it } from 'vitest';
import {
  isSettled,
  judgeRuns,
  type MinuteSums,
  metricWindow,
  sumWindow,
} from '../../src/domain/error-metric.ts';

const MINUTE = 60_000;
const T = 1_790_000_040_000;
const LATER = T + 10 * MINUTE;

describe('the verdict of the metrics', () => {
  it.each([
    [1, 1, 0, 'all_succeeded'],
    [3, 3, 0, 'all_succeeded'],
    [1, 5, 0, 'all_succeeded'],
    [1, 1, 1, 'all_failed'],
    [3, 3, 3, 'all_failed'],
    // runs of others beside ours: theirs may be those that were counted
    [1, 2, 2, 'undecided'],
    [2, 3, 2, 'undecided'],
    [2, 2, 1, 'undecided'],
    // the data of a run that is known are not there
    [2, 1, 0, 'undecided'],
    [2, 1, 1, 'undecided'],
    [1, 0, 0, 'undecided'],
    [0, 0, 0, 'undecided'],
    [0, 2, 0, 'undecided'],
    [1, 1, 2, 'undecided'],
  ])('of %i runs, %i invocations and %i errors is %3$s', (runs, invocations, errors, verdict) => {
    expect(judgeRuns(runs, { invocations, errors, complete: true })).toBe(verdict);
    expect(judgeRuns(runs, { invocations, errors, complete: false })).toBe('undecided');
  });
});

describe('the window of a run', () => {
  it('reaches from the minute before its start to the minute after its end', () => {
    expect(metricWindow(T + 59_999, T + 61_000)).toEqual({ from: T - MINUTE, to: T + 3 * MINUTE });
    expect(metricWindow(T, T)).toEqual({ from: T - MINUTE, to: T + 2 * MINUTE });
  });

  it('is read when its data can be there', () => {
    expect(isSettled(T, T + 3 * MINUTE - 1)).toBe(false);
    expect(isSettled(T, T + 3 * MINUTE)).toBe(true);
  });
});

describe('the sums of a window', () => {
  const window = { from: T, to: T + 2 * MINUTE };
  const sums = (minutes: MinuteSums[], now = LATER) => sumWindow(minutes, window, T, now);

  it('leave out what lies outside', () => {
    const minutes = [-1, 0, 1, 2].map((n) => ({ minute: T + n * MINUTE, invocations: 2, errors: 1 }));
    expect(sums(minutes)).toEqual({ invocations: 4, errors: 2, complete: true });
  });

  it('are not complete before their time', () => {
    expect(sums([{ minute: T, invocations: 1, errors: 0 }], T + MINUTE).complete).toBe(false);
  });

  it.each([
    ['errors', { minute: T, invocations: 1 }],
    ['invocations', { minute: T, errors: 0 }],
  ])('are not complete while a minute waits for its %s', (_what, minute) => {
    expect(sums([minute]).complete).toBe(false);
    expect(judgeRuns(1, sums([minute]))).toBe('undecided');
  });
});
