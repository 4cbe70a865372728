/** The test oracle: compares what the bridge reports of an execution with what really ran. */

import type { TruthEntry } from '../../../packages/lambda-emulator/src/model.ts';
import { traceRoot } from '../../../src/domain/id.ts';
import type { Crash } from '../../helpers/postgres-server.ts';
import type { Observed } from '../observed.ts';
import { doubtMismatches } from './doubts.ts';
import {
  countMissingLines,
  expectsLog,
  findForeignLines,
  repeatedLineMismatches,
} from './execution-log-lines.ts';
import { isInvokedTwice, runCountMismatches } from './invocation-counts.ts';
import { outcomeMismatches } from './reported-outcome.ts';
import { settledByMismatches } from './settled-by.ts';

export interface OracleResult {
  observed: Observed;
  /** the requests of this execution */
  truth: TruthEntry[];
  /** a sentence each; empty when everything reported is true */
  mismatches: string[];
  invokedTwice: boolean;
  foreignLines: string[];
  missingLines: number;
  /** the function ran, but the bridge never had its whole log */
  logIncomplete: boolean;
}

export function checkExecution(
  observed: Observed,
  entries: readonly TruthEntry[],
  crashes: readonly Crash[] = [],
): OracleResult {
  const { id, attempt } = observed.reported;
  const attempts = Array.from({ length: Math.max(1, attempt) }, (_, n) => n + 1);
  const roots = new Set(attempts.map((number) => traceRoot(id, number)));
  const truth = entries.filter((entry) => entry.trace_root !== null && roots.has(entry.trace_root));
  const runs = truth.flatMap((entry) => entry.runs).filter((run) => run.outcome !== 'running');
  return {
    observed,
    truth,
    mismatches: [
      ...outcomeMismatches(observed, truth, runs),
      ...settledByMismatches(observed),
      ...runCountMismatches(observed, truth),
      ...doubtMismatches(observed, truth, crashes),
      ...repeatedLineMismatches(observed, truth),
    ],
    invokedTwice: isInvokedTwice(truth),
    foreignLines: findForeignLines(observed, truth, entries),
    missingLines: countMissingLines(observed, truth, runs, crashes),
    logIncomplete: runs.length > 0 && !observed.isLogComplete && expectsLog(observed, truth, crashes),
  };
}

/** Invocations that belong to no attempt which the bridge reported. */
export function unaccounted(entries: readonly TruthEntry[], results: readonly OracleResult[]): TruthEntry[] {
  const known = new Set(results.flatMap((result) => result.truth));
  return entries.filter((entry) => !known.has(entry));
}
