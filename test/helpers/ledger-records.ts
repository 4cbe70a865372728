/** What is written about attempts, with what a test does not care about filled in. */
import type { AttemptKey } from '../../src/domain/execution.ts';
import type { ExecutionError, Outcome } from '../../src/domain/outcome.ts';
import type { Acceptance, Doubt, Refusal, Settlement } from '../../src/ledger/records.ts';

export const BOOM: ExecutionError = {
  kind: 'function_error',
  type: 'ValueError',
  message: 'boom',
  retryable: true,
};
export const THROTTLED: ExecutionError = { kind: 'throttled', message: 'Rate exceeded', retryable: true };
export const LOST: ExecutionError = { kind: 'lost', message: 'No evidence', retryable: true };
export const CANCELLED: ExecutionError = { kind: 'cancelled', message: 'Cancelled', retryable: true };

export function acceptance(key: AttemptKey, rest: Partial<Acceptance> = {}): Acceptance {
  return {
    ...named(key),
    requestId: `request of ${key.id}`,
    executedVersion: null,
    durableExecutionArn: null,
    evidenceSeconds: 60,
    ...rest,
  };
}

export function doubt(key: AttemptKey, rest: Partial<Doubt> = {}): Doubt {
  return {
    ...named(key),
    code: 'response_lost',
    reason: 'socket hang up',
    requestId: null,
    windowSeconds: 60,
    expiredOnly: false,
    ...rest,
  };
}

export function refusal(key: AttemptKey, delaySeconds = 0): Refusal {
  return { ...named(key), error: THROTTLED, delaySeconds };
}

export function settlement(
  key: AttemptKey,
  outcome: Outcome = { state: 'succeeded' },
  rest: Partial<Settlement> = {},
): Settlement {
  return { ...named(key), channel: 'response', outcome, ...rest };
}

function named({ id, number }: AttemptKey): AttemptKey {
  return { id, number };
}
