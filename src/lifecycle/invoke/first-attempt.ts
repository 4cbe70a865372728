import type { ExecutionDetail, ExecutionRequest } from '../../domain/execution.ts';
import type { ClaimedAttempt } from '../../ledger/records.ts';

/** The attempt that was written together with its execution, as a claim would return it. */
export function firstAttempt(request: ExecutionRequest, execution: ExecutionDetail): ClaimedAttempt {
  return {
    id: execution.id,
    number: 1,
    function: execution.function,
    qualifier: execution.qualifier,
    invocationType: execution.invocationType,
    logType: execution.logType,
    clientContext: request.clientContext ?? null,
    tenantId: execution.tenantId,
    payload: request.payload ?? null,
    payloadBytes: request.payload?.length ?? 0,
    payloadRef: execution.payloadRef,
    completion: execution.completion,
    envelope: execution.envelope,
    deadlineAt: execution.deadlineAt,
    startingSeconds: 0,
  };
}
