import type { Logger } from 'pino';
import type { Channel } from '../../completion/channel.ts';
import { NotFound } from '../../domain/errors.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Staging } from '../staging.ts';
import type { Waiters } from './waiters.ts';

export interface Cancellation {
  effect: 'not_started' | 'stopped' | 'recorded' | 'already_ended';
  message: string;
}

const CANCELLED: ExecutionError = { kind: 'cancelled', message: 'Cancelled on request.', retryable: true };
const RECORDED =
  'Lambda cannot stop a running function. It may run to its end; its outcome is then kept with the attempt, ' +
  'but not delivered.';

interface CancelDeps {
  ledger: Ledger;
  waiters: Waiters;
  channels: readonly Channel[];
  staging: Staging;
  log: Logger;
}

/** Cancels an execution, stops its function where possible, and says what the cancel achieved. */
export async function cancel(
  { ledger, waiters, channels, staging, log }: CancelDeps,
  id: string,
): Promise<Cancellation> {
  const cancelled = await ledger.cancel(id, CANCELLED);
  if (cancelled) waiters.ended([id]);
  if (cancelled?.before === 'queued')
    return { effect: 'not_started', message: 'It was queued: the function never ran.' };
  if (!cancelled) return alreadyEnded(ledger, id);
  const attempt = await ledger.findOpenAttempt(id);
  if (!attempt) return { effect: 'recorded', message: RECORDED };
  const stops = channels.filter((channel) => channel.stop && attempt.completion.includes(channel.name));
  for (const channel of stops) {
    const stopped = await channel.stop?.(attempt).catch((error: unknown) => {
      log.warn({ err: error, execution_id: id, channel: channel.name }, 'stopping it remotely failed');
      return false;
    });
    if (stopped) return { effect: 'stopped', message: 'It was stopped remotely.' };
  }
  // The execution is already cancelled, so an S3 error must not look like a failed cancel.
  if (attempt.envelope && staging.available)
    await staging.writeCancel(id).catch((error: unknown) => {
      log.warn({ err: error, execution_id: id }, 'the cancel object for the function could not be written');
    });
  return { effect: 'recorded', message: RECORDED };
}

async function alreadyEnded(ledger: Ledger, id: string): Promise<Cancellation> {
  const execution = await ledger.get(id);
  if (!execution) throw new NotFound(`Execution ${id}`);
  return { effect: 'already_ended', message: `It had already ended: ${execution.state}.` };
}
