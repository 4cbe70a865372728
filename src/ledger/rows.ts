/** Maps rows to domain objects. Both drivers return instants as Date, JSON parsed, and flags as boolean. */
import type {
  AirflowTask,
  Attempt,
  Execution,
  ExecutionDetail,
  State,
  Warning,
} from '../domain/execution.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { Billing, ExecutionError } from '../domain/outcome.ts';

export interface ExecutionRow {
  id: string;
  state: State;
  function: string;
  qualifier: string | null;
  invocation_type: Execution['invocationType'];
  log_type: Execution['logType'];
  tenant_id: string | null;
  completion: string[];
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  deadline_at: Date | null;
  cancel_requested_at: Date | null;
  attempt: number;
  settled_by: string | null;
  error: ExecutionError | null;
  warnings: Warning[];
  payload_ref: ObjectRef | null;
  dag_id: string | null;
  run_id: string | null;
  task_id: string | null;
  map_index: number | null;
  try_number: number | null;
  labels: Record<string, string>;
  idempotency_key: string | null;
  envelope: boolean;
  previous_id: string | null;
}

/** The columns of ExecutionRow; never the payload, which only the dispatcher needs. */
export const EXECUTION_COLUMNS = `e.id, e.state, e.function, e.qualifier, e.invocation_type, e.log_type, e.completion,
  e.created_at, e.started_at, e.finished_at, e.deadline_at, e.cancel_requested_at, e.attempt, e.settled_by, e.error,
  e.warnings, e.payload_ref, e.dag_id, e.run_id, e.task_id, e.map_index, e.try_number, e.labels, e.idempotency_key,
  e.envelope, e.previous_id, e.tenant_id`;

export function toExecution(row: ExecutionRow): Execution {
  return {
    id: row.id,
    state: row.state,
    function: row.function,
    qualifier: row.qualifier,
    invocationType: row.invocation_type,
    logType: row.log_type,
    tenantId: row.tenant_id,
    completion: row.completion,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    deadlineAt: row.deadline_at,
    cancelRequestedAt: row.cancel_requested_at,
    attempt: row.attempt,
    settledBy: row.settled_by,
    error: row.error,
    warnings: row.warnings,
    payloadRef: row.payload_ref,
    airflow: toAirflowTask(row),
    labels: row.labels,
    idempotencyKey: row.idempotency_key,
    envelope: row.envelope,
    previousId: row.previous_id,
  };
}

function toAirflowTask(row: ExecutionRow): AirflowTask | null {
  if (row.dag_id === null || row.run_id === null || row.task_id === null) return null;
  return {
    dag_id: row.dag_id,
    run_id: row.run_id,
    task_id: row.task_id,
    map_index: row.map_index ?? -1,
    ...(row.try_number === null ? {} : { try_number: row.try_number }),
  };
}

export interface AttemptRow {
  number: number;
  phase: Attempt['phase'];
  started_at: Date;
  ended_at: Date | null;
  request_id: string | null;
  executed_version: string | null;
  durable_execution_arn: string | null;
  paused_at: Date | null;
  heartbeat_at: Date | null;
  progress: unknown;
  doubt: string | null;
  doubt_code: Attempt['doubtCode'];
  channel: string | null;
  outcome: Attempt['outcome'];
  late: boolean;
  error: ExecutionError | null;
  deliveries: number | null;
  proof: Attempt['proof'];
}

export const ATTEMPT_COLUMNS = `a.number, a.phase, a.started_at, a.ended_at, a.request_id, a.executed_version,
  a.durable_execution_arn, a.paused_at, a.heartbeat_at, a.progress, a.doubt, a.doubt_code,
  a.channel, a.outcome, a.late, a.error, a.deliveries, a.proof`;

export function toAttempt(row: AttemptRow): Attempt {
  return {
    number: row.number,
    phase: row.phase,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    requestId: row.request_id,
    executedVersion: row.executed_version,
    durableExecutionArn: row.durable_execution_arn,
    pausedAt: row.paused_at,
    heartbeatAt: row.heartbeat_at,
    progress: row.progress,
    doubt: row.doubt,
    doubtCode: row.doubt_code,
    channel: row.channel,
    outcome: row.outcome,
    late: row.late,
    error: row.error,
    deliveries: row.deliveries,
    proof: row.proof,
  };
}

/** What one row of the query for a detail has beyond the execution: the latest attempt. */
export interface DetailRow extends ExecutionRow {
  request_id: string | null;
  executed_version: string | null;
  result: string | null;
  result_bytes: Uint8Array | null;
  result_type: string | null;
  result_ref: ObjectRef | null;
  log_tail: string | null;
  billing: Billing | null;
}

/** The columns of DetailRow beyond ExecutionRow. It has its result only if it succeeded. */
export const DETAIL_COLUMNS = `a.request_id, a.executed_version, a.log_tail, a.billing,
  case when e.state = 'succeeded' then a.result end as result,
  case when e.state = 'succeeded' then a.result_bytes end as result_bytes,
  case when e.state = 'succeeded' then a.result_type end as result_type,
  case when e.state = 'succeeded' then a.result_ref end as result_ref`;

export function toDetail(row: DetailRow, attempts: readonly AttemptRow[]): ExecutionDetail {
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
