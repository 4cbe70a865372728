import { CALLBACK } from '../../completion/callback.ts';
import type { AttemptCallback } from '../../contract/callback.ts';
import { NotFound } from '../../domain/errors.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Settle } from '../settle/settle.ts';

export interface CallbackAnswer {
  /** false: the heartbeat is for an attempt that has ended */
  accepted: boolean;
  /** true: the execution was cancelled or passed its deadline */
  cancel: boolean;
}

/**
 * Processes a function's callback for its own attempt. A repeated callback changes nothing and gets the same response.
 */
export async function processCallback(
  { ledger, settle }: { ledger: Ledger; settle: Settle },
  { id, number }: { id: string; number: number },
  callback: AttemptCallback,
): Promise<CallbackAnswer> {
  const execution = await ledger.get(id);
  if (!execution?.attempts.some((attempt) => attempt.number === number))
    throw new NotFound(`Attempt ${number} of execution ${id}`);
  const cancel = execution.state === 'cancelled' || execution.error?.kind === 'deadline_exceeded';
  if (callback.type === 'heartbeat')
    return { accepted: await ledger.recordHeartbeat({ id, number }, callback.progress), cancel };
  await settle({ id, number }, CALLBACK, callback.outcome);
  return { accepted: true, cancel };
}
