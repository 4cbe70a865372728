/**
 * What Lambda's metrics `Invocations` and `Errors` prove of the runs of a function. Each run adds 1 to Invocations, and 0 or
 * 1 to Errors, also where Lambda tries an event again; a throttled request adds nothing. The time is that of the
 * invocation, not of its end: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */

const MINUTE_MS = 60_000;
/**
 * Lambda sends metrics in intervals of a minute (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html), and
 * CloudWatch promises no time by which they can be read. Data that come later than this make the sums too small, so judging
 * compares them with the runs that are known.
 */
const SETTLED_MS = 3 * MINUTE_MS;

/** epoch milliseconds, whole minutes; `to` is not part of it */
export interface MetricWindow {
  from: number;
  to: number;
}

/** One minute of a function. A sum without a datum is absent, which is not 0. */
export interface MinuteSums {
  /** its beginning, in epoch milliseconds */
  minute: number;
  invocations?: number;
  errors?: number;
}

export interface WindowSums {
  invocations: number;
  errors: number;
  /** whether all data of the window can be there */
  complete: boolean;
}

export type MetricVerdict = 'all_succeeded' | 'all_failed' | 'undecided';

/** The minutes that count runs between two times, with one more on both sides for the clocks. */
export function metricWindow(startedAt: number, endedAt: number): MetricWindow {
  const minute = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;
  return { from: minute(startedAt) - MINUTE_MS, to: minute(endedAt) + 2 * MINUTE_MS };
}

/** Whether the metrics of a window whose last run ended then may be read: earlier, a call would be wasted. */
export function isSettled(endedAt: number, now = Date.now()): boolean {
  return now - endedAt >= SETTLED_MS;
}

/** @param endedAt of the last run that the window is about */
export function sumWindow(
  minutes: readonly MinuteSums[],
  { from, to }: MetricWindow,
  endedAt: number,
  now = Date.now(),
): WindowSums {
  const within = minutes.filter(({ minute }) => minute >= from && minute < to);
  const sum = (values: (number | undefined)[]) => values.reduce<number>((all, one) => all + (one ?? 0), 0);
  return {
    invocations: sum(within.map(({ invocations }) => invocations)),
    errors: sum(within.map(({ errors }) => errors)),
    // a minute with one of the two waits for the other
    complete:
      isSettled(endedAt, now) &&
      within.every(({ invocations, errors }) => (invocations === undefined) === (errors === undefined)),
  };
}

/**
 * How all runs of a window ended. Errors that are some of many runs may be anybody's.
 *
 * @param runs how many runs of the function started in the window, as far as the bridge knows
 */
export function judgeRuns(runs: number, { invocations, errors, complete }: WindowSums): MetricVerdict {
  // fewer than are known: the data of some run are not there
  if (!complete || runs < 1 || invocations < runs) return 'undecided';
  if (errors === 0) return 'all_succeeded';
  return errors === invocations && invocations === runs ? 'all_failed' : 'undecided';
}
