/**
 * What Lambda's answer, or the lack of one, changes in attempts that have not ended. Like every write here, these lock the
 * executions in the order of their ids and before their attempts, which rules out deadlocks.
 */
import type { AttemptKey, Warning } from '../../domain/execution.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import {
  type Acceptance,
  type Doubt,
  HOLDER_FIRST_SECONDS,
  type InvocationNames,
  type Refusal,
} from '../records.ts';
import { inGroups, writeGroups } from './batch.ts';
import type { PostgresConnection, Queries } from './connection.ts';

const idOf = ({ id }: AttemptKey): string => id;

export function recordAcceptedMany(
  db: PostgresConnection,
  acceptances: readonly Acceptance[],
): Promise<void> {
  return writeGroups(db, inGroups(acceptances, idOf), recordAccepted);
}

async function recordAccepted(db: Queries, acceptances: readonly Acceptance[]): Promise<void> {
  const rows = await db.query<{ id: string }>(
    `with input as (
       select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::double precision[])
         as i (id, number, request_id, executed_version, durable_execution_arn, evidence_seconds)
     ), execution as (
       select e.id from executions e join input i on i.id = e.id order by e.id for update of e
     ), accepted as (
       update attempts a set phase = 'accepted', lease_owner = null, lease_until = null, doubt = null, doubt_code = null,
         poll_at = now(), request_id = i.request_id, executed_version = i.executed_version,
         durable_execution_arn = i.durable_execution_arn,
         evidence_until = now() + make_interval(secs => i.evidence_seconds)
       from input i join execution on execution.id = i.id
       where a.execution_id = i.id and a.number = i.number and a.phase in ('invoking', 'in_doubt')
       returning a.execution_id, a.number
     ), followed as (
       update executions e set state = 'running' from accepted
       where e.id = accepted.execution_id and e.attempt = accepted.number and e.state = 'in_doubt'
     )
     select execution_id as id from accepted`,
    [
      acceptances.map(({ id }) => id),
      acceptances.map(({ number }) => number),
      acceptances.map(({ requestId }) => requestId),
      acceptances.map(({ executedVersion }) => executedVersion),
      acceptances.map(({ durableExecutionArn }) => durableExecutionArn),
      acceptances.map(({ evidenceSeconds }) => evidenceSeconds),
    ],
  );
  const accepted = new Set(rows.map(({ id }) => id));
  for (const one of acceptances) if (!accepted.has(one.id)) await nameInvocation(db, one, one);
}

/**
 * Adds the names in Invoke's answer to an attempt that has ended: a function's callback may arrive before the answer is
 * recorded. Without these names the log of the invocation and its durable execution cannot be found.
 */
export async function nameInvocation(
  db: Queries,
  { id, number }: AttemptKey,
  { requestId, executedVersion, durableExecutionArn }: InvocationNames,
): Promise<void> {
  await db.query(
    `update attempts set request_id = coalesce(request_id, $3::text),
       executed_version = coalesce(executed_version, $4::text),
       durable_execution_arn = coalesce(durable_execution_arn, $5::text)
     where execution_id = $1::uuid and number = $2::integer and phase = 'ended'`,
    [id, number, requestId, executedVersion, durableExecutionArn],
  );
}

export function recordDoubtMany(db: PostgresConnection, doubts: readonly Doubt[]): Promise<void> {
  return writeGroups(db, inGroups(doubts, idOf), recordDoubts);
}

async function recordDoubts(db: Queries, doubts: readonly Doubt[]): Promise<void> {
  await db.query(
    `with input as (
       select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::double precision[],
         $7::boolean[]) as i (id, number, reason, code, request_id, window_seconds, expired_only)
     ), execution as (
       select e.id from executions e join input i on i.id = e.id order by e.id for update of e
     ), doubted as (
       update attempts a set phase = 'in_doubt', lease_owner = null, lease_until = null,
         poll_at = now() + make_interval(secs => case when i.expired_only then $8::double precision else 0 end),
         doubt = i.reason, doubt_code = i.code, request_id = coalesce(a.request_id, i.request_id),
         evidence_until = now() + make_interval(secs => i.window_seconds)
       from input i join execution on execution.id = i.id
       where a.execution_id = i.id and a.number = i.number and a.phase = 'invoking'
         and (not i.expired_only or a.lease_until < now())
       returning a.execution_id, a.number
     )
     update executions e set state = 'in_doubt' from doubted
     where e.id = doubted.execution_id and e.attempt = doubted.number and e.state = 'running'`,
    [
      doubts.map(({ id }) => id),
      doubts.map(({ number }) => number),
      doubts.map(({ reason }) => reason),
      doubts.map(({ code }) => code),
      doubts.map(({ requestId }) => requestId),
      doubts.map(({ windowSeconds }) => windowSeconds),
      doubts.map(({ expiredOnly }) => expiredOnly),
      HOLDER_FIRST_SECONDS,
    ],
  );
}

export function requeueMany(db: PostgresConnection, refusals: readonly Refusal[]): Promise<void> {
  return writeGroups(db, inGroups(refusals, idOf), requeue);
}

async function requeue(db: Queries, refusals: readonly Refusal[]): Promise<void> {
  await db.query(
    `with input as (
       select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::double precision[])
         as i (id, number, error, delay_seconds)
     ), execution as (
       select e.id from executions e join input i on i.id = e.id order by e.id for update of e
     ), refused as (
       update attempts a set phase = 'ended', ended_at = now(), lease_owner = null, lease_until = null, poll_at = null,
         outcome = 'refused', error = i.error::json
       from input i join execution on execution.id = i.id
       where a.execution_id = i.id and a.number = i.number and a.phase in ('invoking', 'in_doubt')
       returning a.execution_id, a.number, i.delay_seconds
     )
     update executions e set state = 'queued', due_at = now() + make_interval(secs => refused.delay_seconds)
     from refused
     where e.id = refused.execution_id and e.attempt = refused.number and e.state in ('running', 'in_doubt')`,
    [
      refusals.map(({ id }) => id),
      refusals.map(({ number }) => number),
      refusals.map(({ error }) => JSON.stringify(error)),
      refusals.map(({ delaySeconds }) => delaySeconds),
    ],
  );
}

/**
 * The statement may reach the server long after its replica has given up waiting for it, because the network was cut. By
 * then the replica may have opened others, so only those of before are meant.
 */
export async function requeueUnknown(
  db: Queries,
  owner: string,
  known: readonly string[],
  error: ExecutionError,
): Promise<string[]> {
  const [clock] = await db.query<{ now: string }>('select now()::text as now');
  const rows = await db.query<{ id: string }>(
    `with execution as (
       select e.id from executions e join attempts a on a.execution_id = e.id
       where a.phase = 'invoking' and a.lease_owner = $1::uuid and e.id <> all($2::uuid[])
         and a.started_at <= $4::timestamptz
       order by e.id for update of e
     ), refused as (
       update attempts a set phase = 'ended', ended_at = now(), lease_owner = null, lease_until = null, poll_at = null,
         outcome = 'refused', error = $3::json
       from execution where a.execution_id = execution.id and a.phase = 'invoking' and a.lease_owner = $1::uuid
       returning a.execution_id, a.number
     )
     update executions e set state = 'queued', due_at = now() from refused
     where e.id = refused.execution_id and e.attempt = refused.number and e.state in ('running', 'in_doubt')
     returning e.id`,
    [owner, known, JSON.stringify(error), clock?.now],
  );
  return rows.map(({ id }) => id);
}

export async function recordHeartbeat(
  db: Queries,
  { id, number }: AttemptKey,
  progress: unknown,
): Promise<boolean> {
  const rows = await db.query(
    `update attempts set heartbeat_at = now(), progress = coalesce($3::json, progress)
     where execution_id = $1::uuid and number = $2::integer and phase <> 'ended' returning number`,
    [id, number, progress === undefined ? null : JSON.stringify(progress)],
  );
  return rows.length === 1;
}

export async function recordPaused(db: Queries, { id, number }: AttemptKey): Promise<void> {
  await db.query(
    `update attempts set paused_at = now()
     where execution_id = $1::uuid and number = $2::integer and phase in ('accepted', 'in_doubt') and paused_at is null`,
    [id, number],
  );
}

export async function recordResumed(db: Queries, { id, number }: AttemptKey): Promise<void> {
  await db.query(
    `with execution as (select id from executions where id = $1::uuid for update), pause as (
       select now() - a.paused_at as length from attempts a join execution on a.execution_id = execution.id
       where a.number = $2::integer and a.paused_at is not null for update of a
     ), resumed as (
       update attempts a set paused_at = null, evidence_until = a.evidence_until + pause.length
       from pause where a.execution_id = $1::uuid and a.number = $2::integer
     )
     update executions e set deadline_at = e.deadline_at + pause.length
     from pause where e.id = $1::uuid and e.finished_at is null`,
    [id, number],
  );
}

export async function addWarning(db: Queries, id: string, warning: Warning): Promise<void> {
  await db.query(
    `update executions set warnings = (warnings::jsonb || $2::jsonb)::json
     where id = $1::uuid and not warnings::jsonb @> jsonb_build_array(jsonb_build_object('code', $3::text))`,
    [id, JSON.stringify([warning]), warning.code],
  );
}
