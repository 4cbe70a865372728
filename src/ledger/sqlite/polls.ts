/** Open attempts that no replica holds. */
import type { OpenAttempt } from '../../domain/execution.ts';
import { FALLBACK_POLL_SECONDS, type NextPoll } from '../records.ts';
import type { SqliteConnection } from './connection.ts';
import { decoded } from './values.ts';

const OPEN_COLUMNS = `e.id, a.number, a.phase, e.function, e.qualifier, e.invocation_type as invocationType,
  e.completion, e.envelope, a.request_id as requestId, a.durable_execution_arn as durableExecutionArn,
  a.started_at as startedAt, (:now - a.started_at) / 1000.0 as ageSeconds,
  e.cancel_requested_at is not null as cancelRequested, a.paused_at is not null as paused,
  coalesce(a.evidence_until <= :now, 0) as lastPoll`;

export function findOpenAttempt(db: SqliteConnection, id: string, now: number): OpenAttempt | undefined {
  const row = db.first(
    `select ${OPEN_COLUMNS} from attempts a join executions e on e.id = a.execution_id
     where a.execution_id = :id and a.phase <> 'ended' order by a.number desc limit 1`,
    { id, now },
  );
  return row && decoded<OpenAttempt>(row);
}

export function takeDuePolls(db: SqliteConnection, limit: number, now: number): OpenAttempt[] {
  const due = db
    .all(
      `select ${OPEN_COLUMNS} from attempts a join executions e on e.id = a.execution_id
       where a.phase in ('accepted', 'in_doubt') and a.poll_at <= :now order by a.poll_at limit :limit`,
      { now, limit },
    )
    .map((row) => decoded<OpenAttempt>(row));
  for (const { id, number } of due) schedulePoll(db, { id, number, inSeconds: FALLBACK_POLL_SECONDS }, now);
  return due;
}

export function schedulePoll(db: SqliteConnection, { id, number, inSeconds }: NextPoll, now: number): void {
  db.run(
    `update attempts set poll_at = :poll_at
     where execution_id = :id and number = :number and phase in ('accepted', 'in_doubt')`,
    { id, number, poll_at: Math.round(now + inSeconds * 1_000) },
  );
}
