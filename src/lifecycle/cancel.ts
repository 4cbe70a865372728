import { NotFound } from '../domain/errors.ts';
import type { ExecutionError } from '../domain/outcome.ts';
import type { Database } from '../ledger/database.ts';
import { getExecution } from '../ledger/executions.ts';
import { cancelExecution } from '../ledger/settle.ts';
import type { Waiters } from './waiters.ts';

export interface Cancellation {
  effect: 'not_started' | 'recorded' | 'already_ended';
  message: string;
}

const CANCELLED: ExecutionError = { kind: 'cancelled', message: 'Cancelled on request.', retryable: true };

/** Cancels an execution, and says what that could still achieve. */
export async function cancel(db: Database, waiters: Waiters, id: string): Promise<Cancellation> {
  const cancelled = await cancelExecution(db, id, CANCELLED);
  if (cancelled) waiters.ended([id]);
  if (cancelled?.before === 'queued')
    return { effect: 'not_started', message: 'It was queued: the function never ran.' };
  if (cancelled)
    return {
      effect: 'recorded',
      message:
        'Lambda cannot stop a running function. It may run to its end; what it answers is kept with the attempt, ' +
        'but not delivered.',
    };
  const execution = await getExecution(db, id);
  if (!execution) throw new NotFound(`Execution ${id}`);
  return { effect: 'already_ended', message: `It had already ended: ${execution.state}.` };
}
