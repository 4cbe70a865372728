/** Open attempts that no replica holds: the watcher polls them. */
import type { OpenAttempt } from '../../domain/execution.ts';
import { FALLBACK_POLL_SECONDS, type NextPoll } from '../records.ts';
import type { Queries } from './connection.ts';

const OPEN_COLUMNS = `e.id, t.number, t.phase, e.function, e.qualifier, e.invocation_type as "invocationType",
  e.completion, e.envelope, t.request_id as "requestId", t.durable_execution_arn as "durableExecutionArn",
  t.started_at as "startedAt", extract(epoch from now() - t.started_at)::double precision as "ageSeconds",
  e.cancel_requested_at is not null as "cancelRequested",
  t.paused_at is not null as paused, coalesce(t.evidence_until <= now(), false) as "lastPoll"`;

export async function findOpenAttempt(db: Queries, id: string): Promise<OpenAttempt | undefined> {
  const [row] = await db.query<OpenAttempt>(
    `select ${OPEN_COLUMNS} from attempts t join executions e on e.id = t.execution_id
     where t.execution_id = $1::uuid and t.phase <> 'ended' order by t.number desc limit 1`,
    [id],
  );
  return row;
}

export function takeDuePolls(db: Queries, limit: number): Promise<OpenAttempt[]> {
  return db.query<OpenAttempt>(
    `with due as (
       select execution_id, number from attempts
       where phase in ('accepted', 'in_doubt') and poll_at <= now()
       order by poll_at limit $1::integer for update skip locked
     ), t as (
       update attempts a set poll_at = now() + make_interval(secs => $2::double precision)
       from due where a.execution_id = due.execution_id and a.number = due.number
       returning a.execution_id, a.number, a.phase, a.request_id, a.durable_execution_arn, a.started_at, a.paused_at,
         a.evidence_until
     )
     select ${OPEN_COLUMNS}
     from t join executions e on e.id = t.execution_id`,
    [limit, FALLBACK_POLL_SECONDS],
  );
}

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
