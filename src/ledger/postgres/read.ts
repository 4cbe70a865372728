import type { AttemptKey, Execution, ExecutionDetail } from '../../domain/execution.ts';
import { bareName } from '../../domain/function-name.ts';
import type { TraceRootParts } from '../../domain/id.ts';
import type { DoubtedAttempt, ExecutionFilter, NamedAttempt } from '../records.ts';
import {
  ATTEMPT_COLUMNS,
  type AttemptRow,
  DETAIL_COLUMNS,
  type DetailRow,
  EXECUTION_COLUMNS,
  type ExecutionRow,
  toDetail,
  toExecution,
} from '../rows.ts';
import type { PostgresConnection, Queries } from './connection.ts';

/** One statement, so that execution and attempts are of the same moment: a row for each attempt. */
const DETAIL = `select ${EXECUTION_COLUMNS}, ${DETAIL_COLUMNS}, e.request_hash,
    array(select row_to_json(one) from (
      select ${ATTEMPT_COLUMNS} from attempts a where a.execution_id = e.id order by a.number) one) as attempts
  from executions e left join attempts a on a.execution_id = e.id and a.number = e.attempt`;

interface Row extends DetailRow {
  request_hash: string;
  /** instants as ISO text, as JSON has them */
  attempts: AttemptRow[];
}

export async function get(db: Queries, id: string): Promise<ExecutionDetail | undefined> {
  const [row] = await db.query<Row>(`${DETAIL} where e.id = $1::uuid`, [id]);
  return row && toWhole(row);
}

export async function findByKey(
  db: Queries,
  key: string,
): Promise<{ execution: ExecutionDetail; requestHash: string } | undefined> {
  const [row] = await db.query<Row>(`${DETAIL} where e.idempotency_key = $1::text and not e.superseded`, [
    key,
  ]);
  return row && { execution: toWhole(row), requestHash: row.request_hash };
}

function toWhole(row: Row): ExecutionDetail {
  const attempts = row.attempts.map((attempt) => ({
    ...attempt,
    started_at: new Date(attempt.started_at),
    ended_at: toDate(attempt.ended_at),
    paused_at: toDate(attempt.paused_at),
    heartbeat_at: toDate(attempt.heartbeat_at),
  }));
  return toDetail(row, attempts);
}

function toDate(text: Date | string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** Newest first. */
export async function list(
  db: PostgresConnection,
  filter: ExecutionFilter,
  limit: number,
  before?: string,
): Promise<Execution[]> {
  const rows = await db.queryOnce<ExecutionRow>(
    `select ${EXECUTION_COLUMNS} from executions e
     where ($1::text is null or e.dag_id = $1::text)
       and ($2::text is null or e.run_id = $2::text)
       and ($3::text is null or e.task_id = $3::text)
       and ($4::integer is null or e.map_index = $4::integer)
       and ($5::text is null or e.function_name = $5::text)
       and ($6::text is null or e.state = $6::text)
       and ($7::uuid is null or e.id < $7::uuid)
     order by e.id desc limit $8::integer`,
    [
      filter.dag_id ?? null,
      filter.run_id ?? null,
      filter.task_id ?? null,
      filter.map_index ?? null,
      filter.function === undefined ? null : bareName(filter.function),
      filter.state ?? null,
      before ?? null,
      limit,
    ],
  );
  return rows.map(toExecution);
}

export async function endedAmong(db: Queries, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'select id from executions where id = any($1::uuid[]) and finished_at is not null',
    [ids],
  );
  return rows.map((row) => row.id);
}

export async function findByRequestId(db: Queries, requestId: string): Promise<NamedAttempt | undefined> {
  const [row] = await db.query<NamedAttempt>(
    `select e.id, a.number, a.phase, e.completion from attempts a join executions e on e.id = a.execution_id
     where a.request_id = $1::text limit 1`,
    [requestId],
  );
  return row;
}

/** Reads only the executions created in the second of the root, by the primary key. */
export async function findDoubted(
  db: Queries,
  { firstId, lastId, idTail, number }: TraceRootParts,
): Promise<DoubtedAttempt | undefined> {
  const [row] = await db.query<DoubtedAttempt>(
    `select e.id, a.number, a.phase, e.completion, e.function
     from attempts a join executions e on e.id = a.execution_id
     where a.execution_id between $1::uuid and $2::uuid and a.number = $3::integer
       and right(replace(a.execution_id::text, '-', ''), 20) = $4::text
       and e.invocation_type = 'Event' and a.doubt is not null and a.request_id is null
       and a.phase in ('in_doubt', 'ended') limit 1`,
    [firstId, lastId, number, idTail],
  );
  return row;
}

export async function ownedRequestIds(db: Queries, requestIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ request_id: string }>(
    'select distinct request_id from attempts where request_id = any($1::text[])',
    [requestIds],
  );
  return rows.map((row) => row.request_id);
}

export async function hasUnnamedRival(
  db: Queries,
  attempt: AttemptKey & { function: string },
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
