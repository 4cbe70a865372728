import type { Logger } from 'pino';
import type { Database } from '../../ledger/database.ts';
import { deleteEnded } from '../../ledger/open-attempts.ts';

/** Rows per delete: locks stay short, and a stop in between loses nothing. */
const BATCH = 1_000;

/** Deletes executions that ended more than `days` ago. Staged objects are left to the bucket's lifecycle rule. */
export async function prune(db: Database, days: number, log: Logger): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await deleteEnded(db, days, BATCH);
    total += deleted;
    if (deleted < BATCH) break;
  }
  if (total > 0) log.info({ deleted: total }, 'old executions deleted');
  return total;
}
