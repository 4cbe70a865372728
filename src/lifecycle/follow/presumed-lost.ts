import type { OpenAttempt } from '../../domain/execution.ts';
import type { Outcome } from '../../domain/outcome.ts';

/** `settled_by` of an attempt whose evidence window ended without an outcome. */
export const PRESUMED_LOST = 'watcher';

export function presumedLost(attempt: OpenAttempt): Outcome {
  const what =
    attempt.phase === 'in_doubt'
      ? "Lambda's answer was lost, and no evidence of how the invocation ended was found"
      : 'Lambda accepted the event, and no evidence of how it ended was found';
  const message = `${what} in ${Math.round(attempt.ageSeconds)} s. The function may have run; it was not started again.`;
  return { state: 'failed', error: { kind: 'lost', message, retryable: true } };
}
