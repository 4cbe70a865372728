/** The pauses of durable executions, as polls find them. */
import type { Queries } from './database.ts';

/** From here on failOverdue() leaves the execution alone. */
export async function recordPaused(db: Queries, id: string, number: number): Promise<void> {
  await db.query(
    `update attempts set paused_at = now()
     where execution_id = $1::uuid and number = $2::integer and phase in ('accepted', 'in_doubt') and paused_at is null`,
    [id, number],
  );
}

/** Moves the deadline and the end of the evidence window by the length of the pause. */
export async function recordResumed(db: Queries, id: string, number: number): Promise<void> {
  await db.query(
    `with execution as (select id from executions where id = $1::uuid for update), pause as (
       select now() - a.paused_at as length from attempts a join execution on a.execution_id = execution.id
       where a.number = $2::integer and a.paused_at is not null for update of a
     ), resumed as (
       update attempts a set paused_at = null, evidence_until = a.evidence_until + pause.length
       from pause where a.execution_id = $1::uuid and a.number = $2::integer
     )
     update executions e set deadline_at = e.deadline_at + pause.length
     from pause where e.id = $1::uuid and e.finished_at is null`,
    [id, number],
  );
}
