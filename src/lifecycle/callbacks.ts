import { CALLBACK } from '../completion/callback.ts';
import type { AttemptReport } from '../contract/callback.ts';
import { NotFound } from '../domain/errors.ts';
import type { Database } from '../ledger/database.ts';
import { getExecution } from '../ledger/executions.ts';
import { recordHeartbeat } from '../ledger/settle.ts';
import type { Settle } from './settle.ts';

export interface CallbackAnswer {
  /** false: a sign of life of an attempt that has ended */
  accepted: boolean;
  /** nobody waits for the outcome any more */
  cancel: boolean;
}

/** Takes what a function reports of its own attempt. A repeated report changes nothing and is answered alike. */
export async function takeCallback(
  { db, settle }: { db: Database; settle: Settle },
  { id, number }: { id: string; number: number },
  report: AttemptReport,
): Promise<CallbackAnswer> {
  const execution = await getExecution(db, id);
  if (!execution?.attempts.some((attempt) => attempt.number === number))
    throw new NotFound(`Attempt ${number} of execution ${id}`);
  const cancel = execution.state === 'cancelled' || execution.error?.kind === 'deadline_exceeded';
  if (report.type === 'heartbeat')
    return { accepted: await recordHeartbeat(db, id, number, report.progress), cancel };
  await settle({ id, number }, CALLBACK, report.outcome);
  return { accepted: true, cancel };
}
