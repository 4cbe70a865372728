/** How an invocation ended, from the verdicts of its runs: Lambda runs a failed Event again by itself. */
import type { ExecutionError, Proof } from '../outcome.ts';
import type { Unproven, Verdict } from './verdict.ts';

export interface JudgedRun {
  startedAt: number;
  verdict: Verdict;
}

export type InvocationVerdict<R extends JudgedRun> =
  | { type: 'succeeded'; run: R; proof: Proof }
  | { type: 'failed'; run: R; proof: Proof; error: ExecutionError }
  /** its last run has ended, and nothing that was read proves how */
  | { type: 'unproven'; run: R; because: Unproven }
  /** a run has not ended, or Lambda may run it again */
  | { type: 'running' }
  | { type: 'not_seen' };

/**
 * Succeeded with any good run. Failed only when the last run that Lambda will make has failed, since an earlier failure
 * is retried. @param runsToCome how many more runs Lambda may make after a failure
 */
export function judgeInvocation<R extends JudgedRun>(
  runs: readonly R[],
  runsToCome: number,
): InvocationVerdict<R> {
  const ordered = runs.toSorted((a, b) => a.startedAt - b.startedAt);
  for (const run of ordered)
    if (run.verdict.type === 'succeeded') return { type: 'succeeded', run, proof: run.verdict.proof };
  const last = ordered.at(-1);
  if (!last) return { type: 'not_seen' };
  const { verdict } = last;
  if (verdict.type === 'unproven') return { type: 'unproven', run: last, because: verdict };
  if (verdict.type !== 'failed' || runsToCome > 0) return { type: 'running' };
  return { type: 'failed', run: last, proof: verdict.proof, error: verdict.error };
}
