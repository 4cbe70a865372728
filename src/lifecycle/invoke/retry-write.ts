import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Backoff, backoffMs } from '../../domain/backoff.ts';

/** After this the lease has long expired, and the rescuer has put the attempt in doubt. */
const GIVE_UP_MS = 10 * 60_000;
const PAUSE: Backoff = { firstMs: 100, maxMs: 5_000 };

/**
 * Repeats a write about a held attempt until the ledger takes it. Lambda's answer, for example, is known only to this
 * process. Each write is fenced, so repeating one that was made, but whose answer was lost, does no harm.
 */
export async function retryWrite<T>(write: () => Promise<T>, log: Logger): Promise<T> {
  const began = performance.now();
  for (let retry = 0; ; retry += 1) {
    try {
      return await write();
    } catch (error) {
      if (performance.now() - began > GIVE_UP_MS) throw error;
      log.error({ err: error }, 'a ledger call for a held attempt failed; trying again');
    }
    await sleep(backoffMs(retry, PAUSE));
  }
}
