/** Checks how often the bridge invoked the function, and how many runs by Lambda it reports. */

import type { TruthEntry } from '../../../packages/lambda-emulator/src/model.ts';
import { traceRoot } from '../../../src/domain/id.ts';
import type { Observed } from '../observed.ts';

/** Fewer than there were is right: the bridge may settle before it sees the last run. */
export function runCountMismatches({ reported }: Observed, truth: readonly TruthEntry[]): string[] {
  return reported.attempts.flatMap(({ number, deliveries = 0 }) => {
    const own = truth.filter(({ trace_root }) => trace_root === traceRoot(reported.id, number));
    const runs = own.reduce((sum, entry) => sum + entry.runs.length, 0);
    return deliveries > runs
      ? [`attempt ${number} reports ${deliveries} deliveries, but Lambda ran it ${runs} times`]
      : [];
  });
}

/** A durable start repeated under its name is the same durable execution. Any other repeated request may run again. */
export function isInvokedTwice(truth: readonly TruthEntry[]): boolean {
  const durableExecutions = new Set(
    truth.flatMap(({ durable_execution_arn }) => durable_execution_arn ?? []),
  );
  const others = truth.filter(
    ({ durable_execution_name, status }) => durable_execution_name === null && status !== 429,
  );
  return durableExecutions.size + others.length > 1;
}
