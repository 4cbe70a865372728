/** The only writes that end an execution. Each is fenced by attempt and state, so that the first end wins. */
import type { ExecutionError } from '../../domain/outcome.ts';
import type { Ended, Settlement } from '../records.ts';
import type { SqliteConnection } from './connection.ts';
import { get } from './read.ts';
import { nameInvocation } from './record.ts';
import { json } from './values.ts';

export function settle(db: SqliteConnection, settlement: Settlement, now: number): Ended {
  const { id, number, channel, outcome } = settlement;
  const execution = db.first<{ current: number }>(
    'select attempt = :number and finished_at is null as current from executions where id = :id',
    { id, number },
  );
  if (!execution) return { effect: 'repeated' };
  if (!endAttempt(db, settlement, execution.current === 0, now)) {
    const { requestId = null, executedVersion = null } = outcome;
    nameInvocation(db, settlement, { requestId, executedVersion, durableExecutionArn: null });
    return { effect: 'repeated' };
  }
  if (execution.current === 0) return { effect: 'late' };
  db.run(
    `update executions set state = :state, finished_at = :now, settled_by = :channel, error = :error where id = :id`,
    {
      id,
      now,
      channel,
      state: outcome.state,
      error: outcome.state === 'failed' ? json(outcome.error) : null,
    },
  );
  const ended = get(db, id);
  return { effect: 'settled', ...(ended && { execution: ended }) };
}

/** @returns false when it had ended before */
function endAttempt(db: SqliteConnection, settlement: Settlement, late: boolean, now: number): boolean {
  const { id, number, channel, outcome, resultRef, presumedLost = false } = settlement;
  const { result, resultType } = outcome.state === 'succeeded' && !resultRef ? outcome : {};
  const changed = db.run(
    `update attempts set phase = 'ended', ended_at = :now, lease_owner = null, lease_until = null, poll_at = null,
       paused_at = null, channel = :channel, outcome = :outcome, error = :error, result = :result,
       result_bytes = :result_bytes, result_type = :result_type, result_ref = :result_ref, log_tail = :log_tail,
       billing = :billing, deliveries = :deliveries, proof = :proof, late = :late, presumed_lost = :presumed_lost,
       request_id = coalesce(:request_id, request_id), executed_version = coalesce(:executed_version, executed_version)
     where execution_id = :id and number = :number and (phase <> 'ended' or (presumed_lost = 1 and :presumed_lost = 0))`,
    {
      id,
      number,
      now,
      channel,
      outcome: outcome.state,
      error: outcome.state === 'failed' ? json(outcome.error) : null,
      result: typeof result === 'string' ? result : null,
      result_bytes: result instanceof Uint8Array ? result : null,
      result_type: resultType ?? null,
      result_ref: json(resultRef),
      log_tail: outcome.logTail ?? null,
      billing: json(outcome.billing),
      deliveries: outcome.deliveries ?? null,
      proof: outcome.proof ?? null,
      late: late ? 1 : 0,
      presumed_lost: presumedLost ? 1 : 0,
      request_id: outcome.requestId ?? null,
      executed_version: outcome.executedVersion ?? null,
    },
  );
  return changed === 1;
}

export function cancel(
  db: SqliteConnection,
  id: string,
  error: ExecutionError,
  now: number,
): { before: string } | undefined {
  const open = db.first<{ before: string }>(
    "select state as before from executions where id = :id and state in ('queued', 'running', 'in_doubt')",
    { id },
  );
  if (open)
    db.run(
      `update executions set state = 'cancelled', finished_at = :now, cancel_requested_at = :now, settled_by = 'cancel',
         error = :error where id = :id`,
      { id, now, error: json(error) },
    );
  return open && { before: open.before };
}

export function failOverdue(db: SqliteConnection, error: ExecutionError, now: number): string[] {
  const rows = db.all<{ id: string }>(
    `update executions set state = 'failed', finished_at = :now, settled_by = 'deadline', error = :error
     where state in ('queued', 'running', 'in_doubt') and deadline_at <= :now
       and not exists (select 1 from attempts a where a.execution_id = executions.id
         and a.number = executions.attempt and a.phase <> 'ended' and a.paused_at is not null)
     returning id`,
    { now, error: json(error) },
  );
  return rows.map(({ id }) => id);
}

export function deleteEnded(db: SqliteConnection, days: number, limit: number, now: number): number {
  return db.run(
    `delete from executions where id in (
       select id from executions where finished_at < :before
         and not exists (select 1 from attempts a where a.execution_id = executions.id and a.phase <> 'ended')
       order by finished_at limit :limit)`,
    { before: now - days * 86_400_000, limit },
  );
}
