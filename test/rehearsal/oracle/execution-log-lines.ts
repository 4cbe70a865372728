/** Whether the log of an execution is its own, whole, and there once. */
import type { TruthEntry, TruthRun } from '../../../src/local/truth-record.ts';
import type { Kill } from '../cluster.ts';
import type { Seen, Told } from '../observed.ts';
import { wasOpenAtKill } from './doubts.ts';

/** With the mark or a request id of another execution, in the log or its tail. */
export function foreign(
  { lines, tail, planned }: Seen,
  truth: readonly TruthEntry[],
  entries: readonly TruthEntry[],
): string[] {
  const others = requestIds(entries);
  for (const id of requestIds(truth)) others.delete(id);
  return [...lines, tail].filter(
    (line) => marksOf(line).some((n) => n !== planned.n) || uuidsIn(line).some((id) => others.has(id)),
  );
}

/** Lines with the execution's mark that ran but are not in a log that says it is complete. */
export function missing(seen: Seen, truth: TruthEntry[], runs: TruthRun[], kills: readonly Kill[]): number {
  if (!seen.logComplete || !hasLog(seen, truth, kills)) return 0;
  return Math.max(0, written(runs) - marked(seen));
}

/** A run that goes on is counted only at its end. */
export function repeated(seen: Seen, truth: TruthEntry[]): string[] {
  const runs = truth.flatMap((entry) => entry.runs);
  if (runs.some((run) => run.outcome === 'running')) return [];
  const extra = marked(seen) - written(runs);
  return extra > 0 ? [`${extra} lines of its log stand there twice`] : [];
}

function marked({ lines }: Seen): number {
  return lines.filter((line) => line.includes('MARK ')).length;
}

function written(runs: TruthRun[]): number {
  return runs.reduce((sum, run) => sum + run.marked_log_lines, 0);
}

/** `none` ends before the function runs; and an invocation that stayed unnamed has no log that is surely its own. */
export function hasLog(seen: Seen, truth: readonly TruthEntry[], kills: readonly Kill[]): boolean {
  const { planned, told } = seen;
  const last = told.attempts.at(-1);
  const isUnnamed = last?.doubt !== undefined || !truth.some(wasNamed) || forgotten(told, kills);
  return planned.way !== 'none' && !(told.request_id === undefined && isUnnamed);
}

/** The function reported before it was noticed that its bridge, which alone had the request id, was gone. */
function forgotten({ settled_by, attempts }: Told, kills: readonly Kill[]): boolean {
  const last = attempts.at(-1);
  return settled_by === 'callback' && last !== undefined && wasOpenAtKill(last, kills);
}

/** The request id comes with Lambda's answer: a function that reports by itself may end before that is lost. */
function wasNamed({ answer, status }: TruthEntry): boolean {
  return answer === 'whole' && status !== 429 && status !== 502;
}

/** Of a durable execution, every run has one of its own. */
function requestIds(entries: readonly TruthEntry[]): Set<string> {
  return new Set(
    entries.flatMap(({ request_id, runs }) => [request_id, ...runs.map((run) => run.request_id)]),
  );
}

function uuidsIn(line: string): string[] {
  return line.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
}

function marksOf(line: string): number[] {
  return [...line.matchAll(/MARK (\d+)\./g)].map((match) => Number(match[1]));
}
