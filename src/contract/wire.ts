/** Converts the domain's types to JSON: names in snake_case, instants as ISO text, members without a value left out. */
import type { FromSchema } from 'json-schema-to-ts';
import type { Attempt, Execution, ExecutionDetail } from '../domain/execution.ts';
import type { JsonText } from './json-text.ts';
import type { attemptSchema, executionSchema } from './response-schemas.ts';

type ExecutionBody = FromSchema<typeof executionSchema>;

/** An execution as lists show it. */
export function executionSummary(execution: Execution): ExecutionBody {
  return withoutNulls({
    id: execution.id,
    state: execution.state,
    function: execution.function,
    qualifier: execution.qualifier,
    invocation_type: execution.invocationType,
    log_type: execution.logType,
    tenant_id: execution.tenantId,
    completion: execution.completion,
    created_at: execution.createdAt.toISOString(),
    started_at: instant(execution.startedAt),
    finished_at: instant(execution.finishedAt),
    deadline_at: instant(execution.deadlineAt),
    cancel_requested_at: instant(execution.cancelRequestedAt),
    attempt: execution.attempt,
    settled_by: execution.settledBy,
    error: execution.error && { ...execution.error },
    warnings: execution.warnings.map((warning) => ({ ...warning })),
    payload_ref: execution.payloadRef,
    airflow: execution.airflow,
    labels: execution.labels,
    idempotency_key: execution.idempotencyKey,
    previous_id: execution.previousId,
  });
}

/** The whole execution. The result is inserted as the text that the function returned, so no number is rounded. */
export function executionJson(
  execution: ExecutionDetail,
  extra: Pick<ExecutionBody, 'cancellation'> = {},
): JsonText<ExecutionBody> {
  const members: ExecutionBody = {
    ...executionSummary(execution),
    ...withoutNulls({
      request_id: execution.requestId,
      durable_execution_arn: execution.attempts.at(-1)?.durableExecutionArn ?? null,
      executed_version: execution.executedVersion,
      result_content_type: execution.resultType,
      result_size: execution.result instanceof Uint8Array ? execution.result.length : null,
      result_ref: execution.resultRef,
      log_tail: execution.logTail,
      billing: execution.billing && { ...execution.billing },
      attempts: execution.attempts.map(attemptMembers),
    }),
    ...extra,
  };
  const text = JSON.stringify(members);
  if (typeof execution.result !== 'string') return { text };
  return { text: `${text.slice(0, -1)},"result":${jsonText(execution.result)}}` };
}

/** A function on a custom runtime may return text that is not JSON. Then the result is a JSON string with this text. */
function jsonText(result: string): string {
  try {
    JSON.parse(result);
    return result;
  } catch {
    return JSON.stringify(result);
  }
}

function attemptMembers(attempt: Attempt): FromSchema<typeof attemptSchema> {
  return withoutNulls({
    number: attempt.number,
    phase: attempt.phase,
    started_at: attempt.startedAt.toISOString(),
    ended_at: instant(attempt.endedAt),
    request_id: attempt.requestId,
    executed_version: attempt.executedVersion,
    durable_execution_arn: attempt.durableExecutionArn,
    paused_at: instant(attempt.pausedAt),
    heartbeat_at: instant(attempt.heartbeatAt),
    progress: attempt.progress,
    doubt: attempt.doubt,
    doubt_code: attempt.doubtCode,
    channel: attempt.channel,
    outcome: attempt.outcome,
    late: attempt.late,
    error: attempt.error && { ...attempt.error },
    deliveries: attempt.deliveries,
    proof: attempt.proof,
  });
}

function instant(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}

type NullableKey<T> = { [K in keyof T]: null extends T[K] ? K : never }[keyof T];
type WithoutNulls<T> = Omit<T, NullableKey<T>> & { [K in NullableKey<T>]?: NonNullable<T[K]> };

function withoutNulls<T extends object>(members: T): WithoutNulls<T> {
  const present = Object.entries(members).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present) as WithoutNulls<T>;
}
