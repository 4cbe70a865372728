/** Checks that the log of an execution holds all of its own lines, each once, and no others. */
import type { TruthEntry, TruthRun } from '../../../packages/lambda-emulator/src/model.ts';
import type { Crash } from '../../helpers/postgres-server.ts';
import type { Observed } from '../observed.ts';
import type { ReportedExecution } from '../reported.ts';
import { wasOpenAtCrash } from './doubts.ts';

/** Lines in the log or its tail with the mark or a request id of another execution. */
export function findForeignLines(
  { logLines, logTail, submission }: Observed,
  truth: readonly TruthEntry[],
  entries: readonly TruthEntry[],
): string[] {
  const otherIds = requestIds(entries);
  for (const id of requestIds(truth)) otherIds.delete(id);
  return [...logLines, logTail].filter(
    (line) => marksIn(line).some((n) => n !== submission.n) || uuidsIn(line).some((id) => otherIds.has(id)),
  );
}

/** How many lines the runs wrote that a log reported as complete lacks. */
export function countMissingLines(
  observed: Observed,
  truth: TruthEntry[],
  runs: TruthRun[],
  crashes: readonly Crash[],
): number {
  if (!observed.isLogComplete || !expectsLog(observed, truth, crashes)) return 0;
  return Math.max(0, countWritten(runs) - countMarked(observed));
}

export function repeatedLineMismatches(observed: Observed, truth: TruthEntry[]): string[] {
  const runs = truth.flatMap((entry) => entry.runs);
  // The truth record counts the lines of a run at its end.
  if (runs.some((run) => run.outcome === 'running')) return [];
  const extra = countMarked(observed) - countWritten(runs);
  return extra > 0 ? [`its log repeats ${extra} lines`] : [];
}

function countMarked({ logLines }: Observed): number {
  return logLines.filter((line) => line.includes('MARK ')).length;
}

function countWritten(runs: TruthRun[]): number {
  return runs.reduce((sum, run) => sum + run.marked_log_lines, 0);
}

/** Not for `none`, which ends before the function runs, and not where the bridge never learnt the request id. */
export function expectsLog(
  { submission, reported }: Observed,
  truth: readonly TruthEntry[],
  crashes: readonly Crash[],
): boolean {
  if (submission.channels === 'none') return false;
  if (reported.request_id !== undefined) return true;
  const isInDoubt = reported.attempts.at(-1)?.doubt !== undefined;
  return !isInDoubt && truth.some(namesRequestId) && !isRequestIdLostInCrash(reported, crashes);
}

/** The function's callback arrived before anyone noticed that the replica with the request id was killed. */
function isRequestIdLostInCrash(
  { settled_by, attempts }: ReportedExecution,
  crashes: readonly Crash[],
): boolean {
  const last = attempts.at(-1);
  return settled_by === 'callback' && last !== undefined && wasOpenAtCrash(last, crashes);
}

/** Lambda's response carries the request id. A callback may settle the execution before the response is lost. */
function namesRequestId({ answer, status }: TruthEntry): boolean {
  return answer === 'whole' && status !== 429 && status !== 502;
}

/** Each run of a durable execution has its own request id. */
function requestIds(entries: readonly TruthEntry[]): Set<string> {
  return new Set(
    entries.flatMap(({ request_id, runs }) => [request_id, ...runs.map((run) => run.request_id)]),
  );
}

function uuidsIn(line: string): string[] {
  return line.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
}

function marksIn(line: string): number[] {
  return [...line.matchAll(/MARK (\d+)\./g)].map((match) => Number(match[1]));
}
