/** What Lambda's answer, or the lack of one, changes in an attempt that has not ended. */
import type { AttemptKey, Warning } from '../../domain/execution.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import {
  type Acceptance,
  type Doubt,
  HOLDER_FIRST_SECONDS,
  type InvocationNames,
  type Refusal,
} from '../records.ts';
import type { SqliteConnection } from './connection.ts';
import { json } from './values.ts';

export function recordAccepted(db: SqliteConnection, acceptance: Acceptance, now: number): void {
  const { id, number, requestId, executedVersion, durableExecutionArn, evidenceSeconds } = acceptance;
  const accepted = db.run(
    `update attempts set phase = 'accepted', lease_owner = null, lease_until = null, doubt = null, doubt_code = null,
       poll_at = :now, request_id = :request_id, executed_version = :executed_version,
       durable_execution_arn = :durable_execution_arn, evidence_until = :evidence_until
     where execution_id = :id and number = :number and phase in ('invoking', 'in_doubt')`,
    {
      id,
      number,
      now,
      request_id: requestId,
      executed_version: executedVersion,
      durable_execution_arn: durableExecutionArn,
      evidence_until: Math.round(now + evidenceSeconds * 1_000),
    },
  );
  if (accepted === 0) nameInvocation(db, acceptance, acceptance);
  else
    db.run(
      "update executions set state = 'running' where id = :id and attempt = :number and state = 'in_doubt'",
      { id, number },
    );
}

/**
 * Adds the names in Invoke's answer to an attempt that has ended: a function's callback may arrive before the answer is
 * recorded. Without these names the log of the invocation and its durable execution cannot be found.
 */
export function nameInvocation(
  db: SqliteConnection,
  { id, number }: AttemptKey,
  names: InvocationNames,
): void {
  db.run(
    `update attempts set request_id = coalesce(request_id, :request_id),
       executed_version = coalesce(executed_version, :executed_version),
       durable_execution_arn = coalesce(durable_execution_arn, :durable_execution_arn)
     where execution_id = :id and number = :number and phase = 'ended'`,
    {
      id,
      number,
      request_id: names.requestId,
      executed_version: names.executedVersion,
      durable_execution_arn: names.durableExecutionArn,
    },
  );
}

export function recordDoubt(db: SqliteConnection, doubt: Doubt, now: number): void {
  const { id, number } = doubt;
  const doubted = db.run(
    `update attempts set phase = 'in_doubt', lease_owner = null, lease_until = null, poll_at = :poll_at,
       doubt = :reason, doubt_code = :code, request_id = coalesce(request_id, :request_id),
       evidence_until = :evidence_until
     where execution_id = :id and number = :number and phase = 'invoking' and (not :expired_only or lease_until < :now)`,
    {
      id,
      number,
      now,
      reason: doubt.reason,
      code: doubt.code,
      request_id: doubt.requestId,
      expired_only: doubt.expiredOnly ? 1 : 0,
      poll_at: now + (doubt.expiredOnly ? HOLDER_FIRST_SECONDS * 1_000 : 0),
      evidence_until: Math.round(now + doubt.windowSeconds * 1_000),
    },
  );
  if (doubted > 0)
    db.run(
      "update executions set state = 'in_doubt' where id = :id and attempt = :number and state = 'running'",
      { id, number },
    );
}

export function requeue(
  db: SqliteConnection,
  { id, number, error, delaySeconds }: Refusal,
  now: number,
): void {
  const refused = db.run(
    `update attempts set phase = 'ended', ended_at = :now, lease_owner = null, lease_until = null, poll_at = null,
       outcome = 'refused', error = :error
     where execution_id = :id and number = :number and phase in ('invoking', 'in_doubt')`,
    { id, number, now, error: json(error) },
  );
  if (refused > 0)
    db.run(
      `update executions set state = 'queued', due_at = :due_at
       where id = :id and attempt = :number and state in ('running', 'in_doubt')`,
      { id, number, due_at: Math.round(now + delaySeconds * 1_000) },
    );
}

export function requeueUnknown(
  db: SqliteConnection,
  owner: string,
  known: readonly string[],
  error: ExecutionError,
  now: number,
): string[] {
  const unknown = db.all<{ id: string; number: number }>(
    `select execution_id as id, number from attempts
     where phase = 'invoking' and lease_owner = :owner
       and execution_id not in (select value from json_each(:known))`,
    { owner, known: JSON.stringify(known) },
  );
  for (const attempt of unknown) requeue(db, { ...attempt, error, delaySeconds: 0 }, now);
  return unknown.map(({ id }) => id);
}

export function recordHeartbeat(
  db: SqliteConnection,
  { id, number }: AttemptKey,
  progress: unknown,
  now: number,
): boolean {
  const changed = db.run(
    `update attempts set heartbeat_at = :now, progress = coalesce(:progress, progress)
     where execution_id = :id and number = :number and phase <> 'ended'`,
    { id, number, now, progress: progress === undefined ? null : JSON.stringify(progress) },
  );
  return changed === 1;
}

export function recordPaused(db: SqliteConnection, { id, number }: AttemptKey, now: number): void {
  db.run(
    `update attempts set paused_at = :now
     where execution_id = :id and number = :number and phase in ('accepted', 'in_doubt') and paused_at is null`,
    { id, number, now },
  );
}

export function recordResumed(db: SqliteConnection, { id, number }: AttemptKey, now: number): void {
  const pause = db.first<{ length: number }>(
    `select :now - paused_at as length from attempts
     where execution_id = :id and number = :number and paused_at is not null`,
    { id, number, now },
  );
  if (!pause) return;
  db.run(
    `update attempts set paused_at = null, evidence_until = evidence_until + :length
     where execution_id = :id and number = :number`,
    { id, number, length: pause.length },
  );
  db.run('update executions set deadline_at = deadline_at + :length where id = :id and finished_at is null', {
    id,
    length: pause.length,
  });
}

export function addWarning(db: SqliteConnection, id: string, warning: Warning): void {
  db.run(
    `update executions set warnings = json_insert(warnings, '$[#]', json(:warning))
     where id = :id
       and not exists (select 1 from json_each(executions.warnings) where json_extract(value, '$.code') = :code)`,
    { id, warning: JSON.stringify(warning), code: warning.code },
  );
}
