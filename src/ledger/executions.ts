/** Inserts and reads executions. */
import type { Execution, ExecutionDetail, ExecutionRequest, Warning } from '../domain/execution.ts';
import { bareName } from '../domain/function-name.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { Billing } from '../domain/outcome.ts';
import type { Queries } from './database.ts';
import {
  ATTEMPT_COLUMNS,
  type AttemptRow,
  EXECUTION_COLUMNS,
  type ExecutionRow,
  toAttempt,
  toExecution,
} from './rows.ts';

export interface NewExecution {
  id: string;
  request: ExecutionRequest;
  /** hash of what the function would receive: the same key with another hash is another request */
  requestHash: string;
  maxConcurrency: number | undefined;
  previousId: string | undefined;
  warnings: Warning[];
}

/** @returns the new execution, or undefined when its idempotency key already has a current one */
export async function insertExecution(db: Queries, execution: NewExecution): Promise<Execution | undefined> {
  const { request } = execution;
  const task = request.airflow;
  const rows = await db.query<ExecutionRow>(
    `insert into executions as e (id, idempotency_key, request_hash, previous_id, function, qualifier, invocation_type,
       log_type, client_context, payload, payload_ref, completion, max_concurrency, labels, dag_id, run_id, task_id,
       map_index, try_number, deadline_at, warnings, function_name, envelope, tenant_id)
     values ($1::uuid, $2::text, $3::text, $4::uuid, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text,
       $11::json, $12::text[], $13::integer, $14::json, $15::text, $16::text, $17::text, $18::integer, $19::integer,
       now() + make_interval(secs => $20::double precision), $21::json, $22::text, $23::boolean,
       $24::text)
     on conflict (idempotency_key) where idempotency_key is not null and not superseded do nothing
     returning ${EXECUTION_COLUMNS}`,
    [
      execution.id,
      request.idempotencyKey ?? null,
      execution.requestHash,
      execution.previousId ?? null,
      request.function,
      request.qualifier ?? null,
      request.invocationType,
      request.logType,
      request.clientContext ?? null,
      request.payload ?? null,
      request.payloadRef ? JSON.stringify(request.payloadRef) : null,
      request.completion,
      execution.maxConcurrency ?? null,
      JSON.stringify(request.labels),
      task?.dag_id ?? null,
      task?.run_id ?? null,
      task?.task_id ?? null,
      task?.map_index ?? null,
      task?.try_number ?? null,
      request.timeoutSeconds ?? null,
      JSON.stringify(execution.warnings),
      bareName(request.function),
      request.envelope,
      request.tenantId ?? null,
    ],
  );
  return rows[0] && toExecution(rows[0]);
}

/** The current execution of an idempotency key, with the hash of its request. */
export async function findByKey(
  db: Queries,
  key: string,
): Promise<{ execution: Execution; requestHash: string } | undefined> {
  const [row] = await db.query<ExecutionRow & { request_hash: string }>(
    `select ${EXECUTION_COLUMNS}, e.request_hash from executions e
     where e.idempotency_key = $1::text and not e.superseded`,
    [key],
  );
  return row && { execution: toExecution(row), requestHash: row.request_hash };
}

/** Frees the key of an ended execution for a new one. @returns false when another submit was faster */
export async function supersede(db: Queries, id: string): Promise<boolean> {
  const rows = await db.query(
    `update executions set superseded = true
     where id = $1::uuid and not superseded and state in ('failed', 'cancelled') returning id`,
    [id],
  );
  return rows.length === 1;
}

interface DetailRow extends ExecutionRow {
  request_id: string | null;
  executed_version: string | null;
  result: string | null;
  result_bytes: Uint8Array | null;
  result_type: string | null;
  result_ref: ObjectRef | null;
  log_tail: string | null;
  billing: Billing | null;
}

/** One execution with its attempts. It has its result only if it succeeded. */
export async function getExecution(db: Queries, id: string): Promise<ExecutionDetail | undefined> {
  const [row] = await db.query<DetailRow>(
    `select ${EXECUTION_COLUMNS}, a.request_id, a.executed_version, a.log_tail, a.billing,
       case when e.state = 'succeeded' then a.result end as result,
       case when e.state = 'succeeded' then a.result_bytes end as result_bytes,
       case when e.state = 'succeeded' then a.result_type end as result_type,
       case when e.state = 'succeeded' then a.result_ref end as result_ref
     from executions e left join attempts a on a.execution_id = e.id and a.number = e.attempt
     where e.id = $1::uuid`,
    [id],
  );
  if (!row) return undefined;
  const attempts = await db.query<AttemptRow>(
    `select ${ATTEMPT_COLUMNS} from attempts a where a.execution_id = $1::uuid order by a.number`,
    [id],
  );
  return {
    ...toExecution(row),
    requestId: row.request_id,
    executedVersion: row.executed_version,
    result: row.result ?? row.result_bytes,
    resultType: row.result_type,
    resultRef: row.result_ref,
    logTail: row.log_tail,
    billing: row.billing,
    attempts: attempts.map(toAttempt),
  };
}

export interface ExecutionFilter {
  dag_id?: string;
  run_id?: string;
  task_id?: string;
  map_index?: number;
  function?: string;
  state?: string;
}

/** Newest first. @param before only executions created before this id: ids sort by creation */
export async function listExecutions(
  db: Queries,
  filter: ExecutionFilter,
  limit: number,
  before?: string,
): Promise<Execution[]> {
  const rows = await db.query<ExecutionRow>(
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

/** Which of these have ended: one query for every waiter of a replica. */
export async function endedAmong(db: Queries, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'select id from executions where id = any($1::uuid[]) and finished_at is not null',
    [ids],
  );
  return rows.map((row) => row.id);
}

/** Adds a warning to an execution, once per code. */
export async function addWarning(db: Queries, id: string, warning: Warning): Promise<void> {
  await db.query(
    `update executions set warnings = (warnings::jsonb || $2::jsonb)::json
     where id = $1::uuid and not warnings::jsonb @> jsonb_build_array(jsonb_build_object('code', $3::text))`,
    [id, JSON.stringify([warning]), warning.code],
  );
}
