/** Judges how an invocation ended from the verdicts of its runs. Lambda itself runs a failed Event again. */
import type { ExecutionError, Proof } from '../outcome.ts';
import type { Unproven, Verdict } from './verdict.ts';

export interface JudgedRun {
  startedAt: number;
  verdict: Verdict;
}

export type InvocationVerdict<R extends JudgedRun> =
  | { type: 'succeeded'; run: R; proof: Proof }
  | { type: 'failed'; run: R; proof: Proof; error: ExecutionError }
  /** the last run has ended, and nothing that was read proves how */
  | { type: 'unproven'; run: R; because: Unproven }
  /** a run has not ended, or Lambda may run it again */
  | { type: 'running' }
  | { type: 'not_seen' };

/**
 * An invocation has succeeded if any run has succeeded. It has failed only if the last run that Lambda will make has
 * failed, because Lambda retries an earlier failure.
 * @param runsToCome how many more runs Lambda may make after a failure
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
