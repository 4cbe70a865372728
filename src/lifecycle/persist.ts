import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Past this the lease has long run out, and the rescuer has put the attempt in doubt. */
const GIVE_UP_MS = 10 * 60_000;

/**
 * Writes what Lambda answered, however long the database is away: the answer exists only here. Each write is fenced,
 * so that a write that went through although its answer was lost does no harm when repeated.
 */
export async function untilWritten(write: () => Promise<void>, log: Logger): Promise<void> {
  const began = performance.now();
  for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      return await write();
    } catch (error) {
      if (performance.now() - began > GIVE_UP_MS) throw error;
      log.error({ err: error }, 'the answer of Lambda could not be written to the ledger; trying again');
    }
    await pause(wait);
  }
}
