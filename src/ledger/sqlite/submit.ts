import { bareName } from '../../domain/function-name.ts';
import { judgeKnownKey } from '../../domain/known-key.ts';
import { newDetail } from '../new-detail.ts';
import type { Lease, NewExecution, Submitted } from '../records.ts';
import type { SqliteConnection } from './connection.ts';
import { findByKey } from './read.ts';
import { json } from './values.ts';

export function submit(db: SqliteConnection, execution: NewExecution, now: number): Submitted {
  const { request, requestHash, rerunFailed } = execution;
  const known = request.idempotencyKey === undefined ? undefined : findByKey(db, request.idempotencyKey);
  if (known) {
    const meaning = judgeKnownKey({ requestHash, rerunFailed, airflow: request.airflow }, known);
    if (meaning !== 'rerun') return { effect: meaning, execution: known.execution };
    db.run('update executions set superseded = 1 where id = :id', { id: known.execution.id });
  }
  const previousId = known?.execution.id ?? null;
  insertExecution(db, execution, previousId, now);
  if (execution.lease) openAttempt(db, { id: execution.id, number: 1 }, execution.lease, now);
  return { effect: 'created', execution: newDetail(execution, previousId, new Date(now)) };
}

function insertExecution(
  db: SqliteConnection,
  { id, request, requestHash, maxConcurrency, warnings, lease }: NewExecution,
  previousId: string | null,
  now: number,
): void {
  const task = request.airflow;
  db.run(
    `insert into executions (id, idempotency_key, request_hash, previous_id, state, attempt, function, function_name,
       qualifier, invocation_type, log_type, client_context, tenant_id, envelope, completion, max_concurrency, labels,
       dag_id, run_id, task_id, map_index, try_number, created_at, due_at, started_at, deadline_at, warnings,
       payload_ref, payload)
     values (:id, :idempotency_key, :request_hash, :previous_id, :state, :attempt, :function, :function_name,
       :qualifier, :invocation_type, :log_type, :client_context, :tenant_id, :envelope, :completion, :max_concurrency,
       :labels, :dag_id, :run_id, :task_id, :map_index, :try_number, :now, :now, :started_at, :deadline_at, :warnings,
       :payload_ref, :payload)`,
    {
      id,
      idempotency_key: request.idempotencyKey ?? null,
      request_hash: requestHash,
      previous_id: previousId,
      state: lease ? 'running' : 'queued',
      attempt: lease ? 1 : 0,
      function: request.function,
      function_name: bareName(request.function),
      qualifier: request.qualifier ?? null,
      invocation_type: request.invocationType,
      log_type: request.logType,
      client_context: request.clientContext ?? null,
      tenant_id: request.tenantId ?? null,
      envelope: request.envelope ? 1 : 0,
      completion: JSON.stringify(request.completion),
      max_concurrency: maxConcurrency ?? null,
      labels: JSON.stringify(request.labels),
      dag_id: task?.dag_id ?? null,
      run_id: task?.run_id ?? null,
      task_id: task?.task_id ?? null,
      map_index: task?.map_index ?? null,
      try_number: task?.try_number ?? null,
      now,
      started_at: lease ? now : null,
      deadline_at:
        request.timeoutSeconds === undefined ? null : Math.round(now + request.timeoutSeconds * 1_000),
      warnings: JSON.stringify(warnings),
      payload_ref: json(request.payloadRef),
      payload: request.payload ?? null,
    },
  );
}

export function openAttempt(
  db: SqliteConnection,
  { id, number }: { id: string; number: number },
  { owner, seconds }: Lease,
  now: number,
): void {
  db.run(
    `insert into attempts (execution_id, number, started_at, lease_owner, lease_until)
     values (:id, :number, :now, :owner, :lease_until)`,
    { id, number, now, owner, lease_until: Math.round(now + seconds * 1_000) },
  );
}
