/** The only writes that end an execution. Each is fenced by attempt and state, so that the first end wins. */
import type { Attempt } from '../domain/execution.ts';
import type { TraceRootParts } from '../domain/id.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { ExecutionError, Outcome } from '../domain/outcome.ts';
import type { Queries } from './database.ts';

export interface Settlement {
  id: string;
  number: number;
  channel: string;
  outcome: Outcome;
  /** the result's place in S3 when it is too large for the ledger; then outcome.result is not written */
  resultRef?: ObjectRef;
  /** true: no evidence was found, so the first outcome that arrives later replaces this one */
  presumedLost?: boolean;
}

/**
 * Ends an attempt and, when it is the current one of an execution that has not ended, the execution. An attempt presumed
 * lost is only the bridge's guess, so the first outcome that arrives later replaces it.
 *
 * @returns `settled`; `late` when the execution had ended before (only the attempt stores the outcome); `repeated`
 *   when the attempt had ended before (the outcome is not stored)
 */
export async function settleAttempt(
  db: Queries,
  settlement: Settlement,
): Promise<'settled' | 'late' | 'repeated'> {
  const { outcome, resultRef } = settlement;
  const { result, resultType } = outcome.state === 'succeeded' && !resultRef ? outcome : {};
  const error = outcome.state === 'failed' ? JSON.stringify(outcome.error) : null;
  const [row] = await db.query<{ ended: boolean; settled: boolean }>(
    `with execution as (
       select id, (attempt = $2::integer and finished_at is null) as current from executions
       where id = $1::uuid for update
     ), ended as (
       update attempts a set phase = 'ended', ended_at = now(), lease_owner = null, lease_until = null, poll_at = null,
         channel = $3::text, outcome = $4::text, error = $5::json, result = $6::text, result_ref = $7::json,
         log_tail = $8::text, billing = $9::json, deliveries = $10::integer,
         request_id = coalesce($11::text, a.request_id), executed_version = coalesce($12::text, a.executed_version),
         late = not execution.current, presumed_lost = $13::boolean, proof = $14::text,
         result_bytes = $15::bytea, result_type = $16::text, paused_at = null
       from execution
       where a.execution_id = execution.id and a.number = $2::integer
         and (a.phase <> 'ended' or (a.presumed_lost and not $13::boolean))
       returning a.execution_id
     ), settled as (
       update executions e set state = $4::text, finished_at = now(), settled_by = $3::text, error = $5::json
       from execution
       where e.id = execution.id and execution.current and exists (select from ended)
       returning e.id
     )
     select exists (select from ended) as ended, exists (select from settled) as settled`,
    [
      settlement.id,
      settlement.number,
      settlement.channel,
      outcome.state,
      error,
      typeof result === 'string' ? result : null,
      resultRef ? JSON.stringify(resultRef) : null,
      outcome.logTail ?? null,
      outcome.billing ? JSON.stringify(outcome.billing) : null,
      outcome.deliveries ?? null,
      outcome.requestId ?? null,
      outcome.executedVersion ?? null,
      settlement.presumedLost ?? false,
      outcome.proof ?? null,
      result instanceof Uint8Array ? result : null,
      resultType ?? null,
    ],
  );
  if (row?.settled) return 'settled';
  if (row?.ended) return 'late';
  const { requestId = null, executedVersion = null } = outcome;
  if (requestId !== null)
    await nameInvocation(db, settlement.id, settlement.number, { requestId, executedVersion });
  return 'repeated';
}

interface InvocationNames {
  requestId: string | null;
  executedVersion: string | null;
  durableExecutionArn?: string | null;
}

/**
 * Adds the names in Invoke's answer to an attempt that has ended: a function's callback may arrive before the answer is
 * recorded. Without these names the log of the invocation and its durable execution cannot be found.
 */
export async function nameInvocation(
  db: Queries,
  id: string,
  number: number,
  { requestId, executedVersion, durableExecutionArn = null }: InvocationNames,
): Promise<void> {
  await db.query(
    `update attempts set request_id = coalesce(request_id, $3::text),
       executed_version = coalesce(executed_version, $4::text),
       durable_execution_arn = coalesce(durable_execution_arn, $5::text)
     where execution_id = $1::uuid and number = $2::integer and phase = 'ended'`,
    [id, number, requestId, executedVersion, durableExecutionArn],
  );
}

export interface NamedAttempt {
  id: string;
  number: number;
  phase: Attempt['phase'];
  completion: string[];
}

/** The attempt with a request id, ended or not. */
export async function findByRequestId(db: Queries, requestId: string): Promise<NamedAttempt | undefined> {
  const [row] = await db.query<NamedAttempt>(
    `select e.id, a.number, a.phase, e.completion from attempts a join executions e on e.id = a.execution_id
     where a.request_id = $1::text limit 1`,
    [requestId],
  );
  return row;
}

export interface DoubtedAttempt extends NamedAttempt {
  function: string;
}

/**
 * The attempt of an `Event` whose trace has this root and whose answer was lost, so that its request id is unknown; also
 * after it was presumed lost. The query reads only the executions created in the second of the root, by the primary key.
 */
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

/** Records a heartbeat. @returns false when the attempt has ended */
export async function recordHeartbeat(
  db: Queries,
  id: string,
  number: number,
  progress: unknown,
): Promise<boolean> {
  const rows = await db.query(
    `update attempts set heartbeat_at = now(), progress = coalesce($3::json, progress)
     where execution_id = $1::uuid and number = $2::integer and phase <> 'ended' returning number`,
    [id, number, progress === undefined ? null : JSON.stringify(progress)],
  );
  return rows.length === 1;
}

/** Ends the execution as cancelled. A running attempt goes on, and its outcome will be late. */
export async function cancelExecution(
  db: Queries,
  id: string,
  error: ExecutionError,
): Promise<{ before: string } | undefined> {
  const [row] = await db.query<{ before: string }>(
    `with execution as (select id, state from executions where id = $1::uuid for update)
     update executions e
     set state = 'cancelled', finished_at = now(), cancel_requested_at = now(), settled_by = 'cancel', error = $2::json
     from execution where e.id = execution.id and execution.state in ('queued', 'running', 'in_doubt')
     returning execution.state as before`,
    [id, JSON.stringify(error)],
  );
  return row;
}

/** Fails every execution whose deadline has passed, unless it is paused at Lambda. @returns their ids */
export async function failOverdue(db: Queries, error: ExecutionError): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `update executions
     set state = 'failed', finished_at = now(), settled_by = 'deadline', error = $1::json
     where state in ('queued', 'running', 'in_doubt') and deadline_at <= now()
       and not exists (select from attempts a where a.execution_id = executions.id
         and a.number = executions.attempt and a.phase <> 'ended' and a.paused_at is not null)
     returning id`,
    [JSON.stringify(error)],
  );
  return rows.map((row) => row.id);
}
