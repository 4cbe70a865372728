/** From the domain's words to the wire's: snake_case, instants as ISO text, members without a value left out. */
import type { Attempt, Execution, ExecutionDetail } from '../domain/execution.ts';

/** An execution as lists show it. */
export function executionSummary(execution: Execution): Record<string, unknown> {
  return withoutNulls({
    id: execution.id,
    state: execution.state,
    function: execution.function,
    qualifier: execution.qualifier,
    invocation_type: execution.invocationType,
    log_type: execution.logType,
    completion: execution.completion,
    created_at: execution.createdAt,
    started_at: execution.startedAt,
    finished_at: execution.finishedAt,
    deadline_at: execution.deadlineAt,
    cancel_requested_at: execution.cancelRequestedAt,
    attempt: execution.attempt,
    settled_by: execution.settledBy,
    error: execution.error,
    warnings: execution.warnings,
    payload_ref: execution.payloadRef,
    airflow: execution.airflow,
    labels: execution.labels,
    idempotency_key: execution.idempotencyKey,
    previous_id: execution.previousId,
  });
}

/** The whole execution as JSON text. The result goes in as the text the function gave: no number is rounded. */
export function executionJson(execution: ExecutionDetail, extra: Record<string, unknown> = {}): string {
  const members = withoutNulls({
    ...executionSummary(execution),
    request_id: execution.requestId,
    durable_execution_arn: execution.attempts.at(-1)?.durableExecutionArn,
    executed_version: execution.executedVersion,
    result_ref: execution.resultRef,
    log_tail: execution.logTail,
    billing: execution.billing,
    attempts: execution.attempts.map(attemptMembers),
    ...extra,
  });
  const text = JSON.stringify(members);
  if (execution.result === null) return text;
  return `${text.slice(0, -1)},"result":${jsonText(execution.result)}}`;
}

/** Functions on custom runtimes may answer something that is not JSON: then the result is a JSON string of it. */
function jsonText(result: string): string {
  try {
    JSON.parse(result);
    return result;
  } catch {
    return JSON.stringify(result);
  }
}

function attemptMembers(attempt: Attempt): Record<string, unknown> {
  return withoutNulls({
    number: attempt.number,
    phase: attempt.phase,
    started_at: attempt.startedAt,
    ended_at: attempt.endedAt,
    request_id: attempt.requestId,
    executed_version: attempt.executedVersion,
    durable_execution_arn: attempt.durableExecutionArn,
    heartbeat_at: attempt.heartbeatAt,
    progress: attempt.progress,
    doubt: attempt.doubt,
    channel: attempt.channel,
    outcome: attempt.outcome,
    late: attempt.late,
    error: attempt.error,
    deliveries: attempt.deliveries,
  });
}

function withoutNulls(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  );
}
