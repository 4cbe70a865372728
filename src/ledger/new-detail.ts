import type { Attempt, ExecutionDetail } from '../domain/execution.ts';
import type { NewExecution } from './records.ts';

/** An execution as it is right after it was written, so that it need not be read back. */
export function newDetail(
  { id, request, warnings, lease }: NewExecution,
  previousId: string | null,
  createdAt: Date,
): ExecutionDetail {
  const { timeoutSeconds } = request;
  return {
    id,
    state: lease ? 'running' : 'queued',
    function: request.function,
    qualifier: request.qualifier ?? null,
    invocationType: request.invocationType,
    logType: request.logType,
    tenantId: request.tenantId ?? null,
    completion: request.completion,
    createdAt,
    startedAt: lease ? createdAt : null,
    finishedAt: null,
    deadlineAt: timeoutSeconds === undefined ? null : new Date(createdAt.getTime() + timeoutSeconds * 1_000),
    cancelRequestedAt: null,
    attempt: lease ? 1 : 0,
    settledBy: null,
    error: null,
    warnings,
    payloadRef: request.payloadRef ?? null,
    airflow: request.airflow ?? null,
    labels: request.labels,
    idempotencyKey: request.idempotencyKey ?? null,
    envelope: request.envelope,
    previousId,
    requestId: null,
    executedVersion: null,
    result: null,
    resultType: null,
    resultRef: null,
    logTail: null,
    billing: null,
    attempts: lease ? [heldAttempt(createdAt)] : [],
  };
}

function heldAttempt(startedAt: Date): Attempt {
  return {
    number: 1,
    phase: 'invoking',
    startedAt,
    endedAt: null,
    requestId: null,
    executedVersion: null,
    durableExecutionArn: null,
    pausedAt: null,
    heartbeatAt: null,
    progress: null,
    doubt: null,
    doubtCode: null,
    channel: null,
    outcome: null,
    late: false,
    error: null,
    deliveries: null,
    proof: null,
  };
}
