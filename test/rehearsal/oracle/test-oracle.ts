/** Holds what the bridge says of every execution against what really ran. */
import { traceRoot } from '../../../src/domain/id.ts';
import type { TruthEntry } from '../../../src/local/truth-record.ts';
import type { Kill } from '../cluster.ts';
import type { Seen, Verdict } from '../observed.ts';
import { doubtFaults } from './doubts.ts';
import { foreign, hasLog, missing, repeated } from './execution-log-lines.ts';
import { endFaults } from './reported-outcome.ts';
import { deliveryFaults, isInvokedTwice, settlerFaults } from './settled-by.ts';

export function judge(seen: Seen, entries: readonly TruthEntry[], kills: readonly Kill[] = []): Verdict {
  const { told } = seen;
  const roots = new Set(
    Array.from({ length: Math.max(1, told.attempt) }, (_, at) => traceRoot(told.id, at + 1)),
  );
  const truth = entries.filter((entry) => entry.trace_root !== null && roots.has(entry.trace_root));
  const runs = truth.flatMap((entry) => entry.runs).filter((run) => run.outcome !== 'running');
  return {
    seen,
    truth,
    wrong: [
      ...endFaults(seen, truth, runs),
      ...settlerFaults(seen),
      ...deliveryFaults(seen, truth),
      ...doubtFaults(seen, truth, kills),
      ...repeated(seen, truth),
    ],
    invokedTwice: isInvokedTwice(truth),
    foreignLines: foreign(seen, truth, entries),
    missingLines: missing(seen, truth, runs, kills),
    logIncomplete: runs.length > 0 && !seen.logComplete && hasLog(seen, truth, kills),
  };
}

/** What Lambda ran, and no execution of the bridge accounts for. */
export function unaccounted(entries: readonly TruthEntry[], verdicts: readonly Verdict[]): TruthEntry[] {
  const known = new Set(verdicts.flatMap((verdict) => verdict.truth));
  return entries.filter((entry) => !known.has(entry));
}
