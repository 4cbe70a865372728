import { BridgeError } from '../domain/errors.ts';
import type { OpenAttempt } from '../domain/execution.ts';
import type { Finding } from './channel.ts';

/** Where the evidence of some attempts lies, such as a log group. */
export interface Place {
  attempts: readonly OpenAttempt[];
  look: () => Promise<Finding[]>;
}

/**
 * What all places show. One that cannot be looked at, perhaps for ever, hides nothing of the others: its attempts are not
 * given up, and what somebody must mend is told. Throws when no place can be looked at just now.
 */
export async function lookAtPlaces(places: readonly Place[]): Promise<Finding[]> {
  const looks = await Promise.allSettled(places.map(({ look }) => look()));
  const passing = looks.filter((look) => look.status === 'rejected' && !isLasting(look.reason));
  const [failed] = passing;
  if (failed?.status === 'rejected' && passing.length === looks.length) throw failed.reason;
  return looks.flatMap((look, at) =>
    look.status === 'fulfilled' ? look.value : unseen(places[at]?.attempts ?? [], look.reason),
  );
}

function unseen(attempts: readonly OpenAttempt[], error: unknown): Finding[] {
  const told = isLasting(error) ? { warning: { code: error.code, message: error.message } } : {};
  return attempts.map((attempt) => ({ attempt, pending: true, ...told }));
}

function isLasting(error: unknown): error is BridgeError {
  return error instanceof BridgeError && !error.retryable;
}
