import { BridgeError } from '../domain/errors.ts';
import type { OpenAttempt } from '../domain/execution.ts';
import type { Finding } from './channel.ts';

/** Attempts whose evidence is read together, such as those of one log group. */
export interface PollGroup {
  attempts: readonly OpenAttempt[];
  poll: () => Promise<Finding[]>;
}

/**
 * Polls all groups. If a group cannot be read, the findings of the others are still returned. The attempts of that
 * group do not end as lost, and a permanent error becomes a warning. Throws if every group failed with a temporary
 * error.
 */
export async function pollGroups(groups: readonly PollGroup[]): Promise<Finding[]> {
  const polls = await Promise.allSettled(groups.map(({ poll }) => poll()));
  const passing = polls.filter((poll) => poll.status === 'rejected' && !isPermanent(poll.reason));
  const [failed] = passing;
  if (failed?.status === 'rejected' && passing.length === polls.length) throw failed.reason;
  return polls.flatMap((poll, at) =>
    poll.status === 'fulfilled' ? poll.value : unread(groups[at]?.attempts ?? [], poll.reason),
  );
}

function unread(attempts: readonly OpenAttempt[], error: unknown): Finding[] {
  const warning = isPermanent(error) ? { warning: { code: error.code, message: error.message } } : {};
  return attempts.map((attempt) => ({ attempt, type: 'not_yet', ...warning }));
}

function isPermanent(error: unknown): error is BridgeError {
  return error instanceof BridgeError && !error.retryable;
}
