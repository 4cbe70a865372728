import type { Logger } from 'pino';
import type { Ledger } from '../../ledger/ledger.ts';

/** Rows per delete: locks stay short, SQLite blocks the event loop for about 20 ms, and a stop in between loses nothing. */
const BATCH = 250;

/** Deletes executions that ended more than `days` ago. Staged objects are left to the bucket's lifecycle rule. */
export async function prune(ledger: Ledger, days: number, log: Logger): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await ledger.deleteEnded(days, BATCH);
    total += deleted;
    if (deleted < BATCH) break;
  }
  if (total > 0) log.info({ deleted: total }, 'old executions deleted');
  return total;
}
