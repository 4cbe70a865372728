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

/** When an attempt is polled again if the replica that took it dies, or does not come to poll it. */
const FALLBACK_SECONDS = 15;

/** Takes the open attempts that are due for a poll. Whoever takes them polls them, and schedules the next poll. */
export function takeDuePolls(db: Queries, limit: number): Promise<OpenAttempt[]> {
  return db.query<OpenAttempt>(
    `with due as (
       select execution_id, number from attempts
       where phase in ('accepted', 'in_doubt') and poll_at <= now()
       order by poll_at limit $1::integer for update skip locked
     ), taken as (
       update attempts a set poll_at = now() + make_interval(secs => $2::double precision)
       from due where a.execution_id = due.execution_id and a.number = due.number
       returning a.*
     )
     select ${OPEN_COLUMNS}
     from taken t join executions e on e.id = t.execution_id`,
    [limit, FALLBACK_SECONDS],
  );
}

export interface NextPoll {
  id: string;
  number: number;
  inSeconds: number;
}

/** Sets when attempts are due for their next poll. What somebody else is writing now keeps its fallback, or has ended. */
export async function schedulePolls(db: Queries, polls: readonly NextPoll[]): Promise<void> {
  await db.query(
    `with polled as (
       select a.execution_id, a.number, next.seconds
       from unnest($1::uuid[], $2::integer[], $3::double precision[]) as next (id, number, seconds)
       join attempts a on a.execution_id = next.id and a.number = next.number
       where a.phase in ('accepted', 'in_doubt') for update of a skip locked
     )
     update attempts a set poll_at = now() + make_interval(secs => polled.seconds)
     from polled where a.execution_id = polled.execution_id and a.number = polled.number`,
    [polls.map(({ id }) => id), polls.map(({ number }) => number), polls.map(({ inSeconds }) => inSeconds)],
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
