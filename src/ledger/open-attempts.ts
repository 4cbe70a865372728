/** Open attempts that no replica holds: the watcher polls them, and the rescuer takes them over. */
import type { InvocationType, OpenAttempt } from '../domain/execution.ts';
import type { Queries } from './database.ts';

const OPEN_COLUMNS = `e.id, t.number, t.phase, e.function, e.qualifier, e.invocation_type as "invocationType",
  e.completion, e.envelope, t.request_id as "requestId", t.durable_execution_arn as "durableExecutionArn",
  t.started_at as "startedAt", extract(epoch from now() - t.started_at)::double precision as "ageSeconds",
  e.cancel_requested_at is not null as "cancelRequested",
  t.paused_at is not null as paused, coalesce(t.evidence_until <= now(), false) as "lastPoll"`;

/** The attempt that Lambda has or may have, whatever the state of its execution. */
export async function findOpenAttempt(db: Queries, id: string): Promise<OpenAttempt | undefined> {
  const [row] = await db.query<OpenAttempt>(
    `select ${OPEN_COLUMNS} from attempts t join executions e on e.id = t.execution_id
     where t.execution_id = $1::uuid and t.phase <> 'ended' order by t.number desc limit 1`,
    [id],
  );
  return row;
}

/**
 * Takes the open attempts that are due for a poll and schedules the next one: after a tenth of the attempt's age, between
 * `minSeconds` and 15 s, so that polling costs little and delays an end by at most 10 %.
 */
export function takeDuePolls(db: Queries, limit: number, minSeconds: number): Promise<OpenAttempt[]> {
  return db.query<OpenAttempt>(
    `with due as (
       select execution_id, number from attempts
       where phase in ('accepted', 'in_doubt') and poll_at <= now()
       order by poll_at limit $1::integer for update skip locked
     ), taken as (
       update attempts a set poll_at = now() + make_interval(secs =>
         least(15, greatest($2::double precision, extract(epoch from now() - a.started_at)::double precision / 10)))
       from due where a.execution_id = due.execution_id and a.number = due.number
       returning a.*
     )
     select ${OPEN_COLUMNS}
     from taken t join executions e on e.id = t.execution_id`,
    [limit, minSeconds],
  );
}

export interface HeldAttempt {
  id: string;
  number: number;
  function: string;
  qualifier: string | null;
  invocationType: InvocationType;
}

/** Attempts whose lease expired: the holder died, so whether Lambda answered is not known. */
export function expiredLeases(db: Queries, limit: number): Promise<HeldAttempt[]> {
  return db.query<HeldAttempt>(
    `select e.id, a.number, e.function, e.qualifier, e.invocation_type as "invocationType"
     from attempts a join executions e on e.id = a.execution_id
     where a.phase = 'invoking' and a.lease_until < now() order by a.lease_until limit $1::integer`,
    [limit],
  );
}

/** Expires the leases of a replica that is about to stop, so that others search for evidence of its attempts. */
export async function handOver(db: Queries, owner: string): Promise<void> {
  await db.query(
    `update attempts set lease_until = now() - interval '1 second' where phase = 'invoking' and lease_owner = $1::uuid`,
    [owner],
  );
}

/** Deletes up to `limit` executions that ended more than `days` ago. @returns how many */
export async function deleteEnded(db: Queries, days: number, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from executions where id in (
       select id from executions where finished_at < now() - make_interval(days => $1::integer)
         and not exists (select from attempts a where a.execution_id = executions.id and a.phase <> 'ended')
       order by finished_at limit $2::integer)
     returning id`,
    [days, limit],
  );
  return rows.length;
}
