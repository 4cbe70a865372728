/** Whether an attempt may be in doubt: its answer was lost on the way, or with the bridge that was killed. */
import { traceRoot } from '../../../src/domain/id.ts';
import type { TruthEntry } from '../../../src/local/truth-record.ts';
import type { Kill } from '../cluster.ts';
import type { Seen, ToldAttempt } from '../observed.ts';

export function doubtFaults({ told }: Seen, truth: readonly TruthEntry[], kills: readonly Kill[]): string[] {
  return told.attempts.flatMap((attempt) => {
    if (attempt.doubt === undefined) return [];
    if (lostItsHolder(attempt))
      return wasOpenAtKill(attempt, kills) ? [] : ['its holder is told to be gone, but no bridge was killed'];
    const own = truth.filter(({ trace_root }) => trace_root === traceRoot(told.id, attempt.number));
    return own.some(wasSpoilt) ? [] : ["in doubt, although Lambda's answer came whole"];
  });
}

/** In the words of lifecycle/rescuer.ts. */
export function lostItsHolder(attempt: ToldAttempt | undefined): boolean {
  return attempt?.doubt?.startsWith('The replica that held the invocation stopped') === true;
}

/** Whoever held it: which of the bridges that was, nobody outside knows. */
export function wasOpenAtKill({ started_at, ended_at }: ToldAttempt, kills: readonly Kill[]): boolean {
  const ended = ended_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(ended_at);
  return kills.some(({ from, until }) => Date.parse(started_at) <= until && ended >= from);
}

function wasSpoilt({ answer, status }: TruthEntry): boolean {
  return answer !== 'whole' || (status ?? 500) >= 500;
}
