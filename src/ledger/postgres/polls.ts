/** Open attempts that no replica holds: the watcher polls them. */
import type { OpenAttempt } from '../../domain/execution.ts';
import { LONGEST_POLL_SECONDS } from '../records.ts';
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

export function takeDuePolls(db: Queries, limit: number, minSeconds: number): Promise<OpenAttempt[]> {
  return db.query<OpenAttempt>(
    `with due as (
       select execution_id, number from attempts
       where phase in ('accepted', 'in_doubt') and poll_at <= now()
       order by poll_at limit $1::integer for update skip locked
     ), t as (
       update attempts a set poll_at = now() + make_interval(secs => least($3::double precision,
         greatest($2::double precision, extract(epoch from now() - a.started_at)::double precision / 10)))
       from due where a.execution_id = due.execution_id and a.number = due.number
       returning a.execution_id, a.number, a.phase, a.request_id, a.durable_execution_arn, a.started_at, a.paused_at,
         a.evidence_until
     )
     select ${OPEN_COLUMNS}
     from t join executions e on e.id = t.execution_id`,
    [limit, minSeconds, LONGEST_POLL_SECONDS],
  );
}
