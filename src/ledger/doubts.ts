/** What the search for the run of a lost answer asks of the ledger. */
import { bareName } from '../domain/function-name.ts';
import type { Queries } from './database.ts';

/** Which of these request ids belong to attempts. */
export async function ownedRequestIds(db: Queries, requestIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ request_id: string }>(
    'select distinct request_id from attempts where request_id = any($1::text[])',
    [requestIds],
  );
  return rows.map((row) => row.request_id);
}

/**
 * Whether another attempt of the function may have a run whose request id is not in the ledger (yet): one that is being
 * invoked or in doubt, or that ended without naming its invocation. A refused one has no run, and an event waits at most
 * 6 h in Lambda's queue.
 */
export async function hasUnnamedRival(
  db: Queries,
  attempt: { id: string; number: number; function: string },
): Promise<boolean> {
  const rows = await db.query(
    `select from attempts a join executions e on e.id = a.execution_id
     where e.function_name = $1::text and a.request_id is null and a.outcome is distinct from 'refused'
       and not (a.execution_id = $2::uuid and a.number = $3::integer)
       and a.started_at > (select own.started_at from attempts own
                           where own.execution_id = $2::uuid and own.number = $3::integer) - interval '6 hours'
     limit 1`,
    [bareName(attempt.function), attempt.id, attempt.number],
  );
  return rows.length > 0;
}
