/**
 * What Lambda's metrics `Invocations` and `Errors` prove about the runs of a function. Each run adds 1 to Invocations,
 * and a run with an error adds 1 to Errors. Further runs of the same event count, too; a throttled request adds
 * nothing. A run counts in the minute of its invocation, not of its end:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */

const MINUTE_MS = 60_000;
/**
 * How long after the end of a run its metrics are read. Lambda sends them once a minute
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html), but CloudWatch does not promise when they can
 * be read. If data arrive later than this, the sums are too small. So judgeRuns compares the sums with the number of
 * known runs.
 */
const SETTLED_MS = 3 * MINUTE_MS;

/** A time range of whole minutes, in epoch milliseconds. `to` is not part of it. */
export interface MetricWindow {
  from: number;
  to: number;
}

/** The sums of one minute of a function. If CloudWatch has no value, the sum is absent, which is not the same as 0. */
export interface MinuteSums {
  /** the beginning of the minute, in epoch milliseconds */
  minute: number;
  invocations?: number;
  errors?: number;
}

export interface WindowSums {
  invocations: number;
  errors: number;
  /** whether CloudWatch should have all data of the window by now */
  complete: boolean;
}

export type MetricVerdict = 'all_succeeded' | 'all_failed' | 'undecided';

/**
 * The minutes in which runs between these two times count, and one more on each side, because the clocks differ a
 * little.
 */
export function metricWindow(startedAt: number, endedAt: number): MetricWindow {
  const minute = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;
  return { from: minute(startedAt) - MINUTE_MS, to: minute(endedAt) + 2 * MINUTE_MS };
}

/** Whether it is time to read the metrics of a window. @param endedAt when the last run of the window ended */
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
    // If a minute has only one of the two sums, the other one is still to come.
    complete:
      isSettled(endedAt, now) &&
      within.every(({ invocations, errors }) => (invocations === undefined) === (errors === undefined)),
  };
}

/**
 * How all runs of a window ended. If only some of the runs failed, it is not known which ones, so the result is
 * `undecided`.
 *
 * @param runs how many runs of the function started in the window, as far as the bridge knows
 */
export function judgeRuns(runs: number, { invocations, errors, complete }: WindowSums): MetricVerdict {
  // If the metric counts fewer runs than are known, some data have not arrived.
  if (!complete || runs < 1 || invocations < runs) return 'undecided';
  if (errors === 0) return 'all_succeeded';
  return errors === invocations && invocations === runs ? 'all_failed' : 'undecided';
}
