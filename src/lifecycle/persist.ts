import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Past this the lease has long run out, and the rescuer has put the attempt in doubt. */
const GIVE_UP_MS = 10 * 60_000;

/**
 * Writes what is known of a held attempt, such as Lambda's answer, however long the database is away: it is known only
 * here. Each write is fenced, so that one that went through although its answer was lost does no harm when repeated.
 */
export async function untilWritten<T>(write: () => Promise<T>, log: Logger): Promise<T> {
  const began = performance.now();
  for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      return await write();
    } catch (error) {
      if (performance.now() - began > GIVE_UP_MS) throw error;
      log.error({ err: error }, 'the ledger could not be asked or written for a held attempt; trying again');
    }
    await pause(wait);
  }
}
