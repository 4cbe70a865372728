import type { AttemptKey, ExecutionDetail } from '../../domain/execution.ts';
import { bareName } from '../../domain/function-name.ts';
import type { TraceRootParts } from '../../domain/id.ts';
import type { DoubtedAttempt, NamedAttempt } from '../records.ts';
import {
  ATTEMPT_COLUMNS,
  type AttemptRow,
  DETAIL_COLUMNS,
  type DetailRow,
  EXECUTION_COLUMNS,
  toDetail,
} from '../rows.ts';
import type { SqliteConnection, StoredRow } from './connection.ts';
import { decoded } from './values.ts';

const DETAIL = `select ${EXECUTION_COLUMNS}, ${DETAIL_COLUMNS}, e.request_hash
  from executions e left join attempts a on a.execution_id = e.id and a.number = e.attempt`;

export function get(db: SqliteConnection, id: string): ExecutionDetail | undefined {
  const row = db.first(`${DETAIL} where e.id = :id`, { id });
  return row && withAttempts(db, row);
}

export function findByKey(
  db: SqliteConnection,
  key: string,
): { execution: ExecutionDetail; requestHash: string } | undefined {
  const row = db.first(`${DETAIL} where e.idempotency_key = :key and e.superseded = 0`, { key });
  return row && { execution: withAttempts(db, row), requestHash: String(row['request_hash']) };
}

function withAttempts(db: SqliteConnection, row: StoredRow): ExecutionDetail {
  const attempts = db.all(
    `select ${ATTEMPT_COLUMNS} from attempts a where a.execution_id = :id order by a.number`,
    { id: row['id'] ?? null },
  );
  return toDetail(
    decoded<DetailRow>(row),
    attempts.map((attempt) => decoded<AttemptRow>(attempt)),
  );
}

export function endedAmong(db: SqliteConnection, ids: readonly string[]): string[] {
  return db
    .all<{ id: string }>(
      `select id from executions
       where id in (select value from json_each(:ids)) and finished_at is not null`,
      { ids: JSON.stringify(ids) },
    )
    .map(({ id }) => id);
}

const NAMED = `select e.id, a.number, a.phase, e.completion, e.function
  from attempts a join executions e on e.id = a.execution_id`;

export function findByRequestId(db: SqliteConnection, requestId: string): NamedAttempt | undefined {
  const row = db.first(`${NAMED} where a.request_id = :request_id limit 1`, { request_id: requestId });
  return row && decoded<NamedAttempt>(row);
}

/** Reads only the executions created in the second of the root, by the primary key. */
export function findDoubted(
  db: SqliteConnection,
  { firstId, lastId, idTail, number }: TraceRootParts,
): DoubtedAttempt | undefined {
  const row = db.first(
    `${NAMED} where a.execution_id between :first_id and :last_id and a.number = :number
       and substr(replace(a.execution_id, '-', ''), -20) = :id_tail
       and e.invocation_type = 'Event' and a.doubt is not null and a.request_id is null
       and a.phase in ('in_doubt', 'ended') limit 1`,
    { first_id: firstId, last_id: lastId, id_tail: idTail, number },
  );
  return row && decoded<DoubtedAttempt>(row);
}

export function ownedRequestIds(db: SqliteConnection, requestIds: readonly string[]): string[] {
  return db
    .all<{ request_id: string }>(
      'select distinct request_id from attempts where request_id in (select value from json_each(:request_ids))',
      { request_ids: JSON.stringify(requestIds) },
    )
    .map(({ request_id }) => request_id);
}

export function hasUnnamedRival(db: SqliteConnection, attempt: AttemptKey & { function: string }): boolean {
  const row = db.first(
    `select 1 from attempts a join executions e on e.id = a.execution_id
     where e.function_name = :function_name and a.request_id is null and a.outcome is not 'refused'
       and not (a.execution_id = :id and a.number = :number)
       and a.started_at > (select own.started_at from attempts own
                           where own.execution_id = :id and own.number = :number) - 6 * 3600000
     limit 1`,
    { function_name: bareName(attempt.function), id: attempt.id, number: attempt.number },
  );
  return row !== undefined;
}
