/** From queued to invoked: claims with a lease, and what the answer of Invoke changes. */
import type { DoubtCode, InvocationType, LogType } from '../domain/execution.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { ExecutionError } from '../domain/outcome.ts';
import type { Database, Queries } from './database.ts';
import { nameInvocation } from './settle.ts';

/** Held by one claimer at a time, so that two replicas cannot both count open attempts and exceed max_concurrency. */
const CLAIM_LOCK = 7_305_142;

/** An attempt that this replica has just opened, with all that its Invoke needs. */
export interface ClaimedAttempt {
  id: string;
  number: number;
  function: string;
  qualifier: string | null;
  invocationType: InvocationType;
  logType: LogType;
  clientContext: string | null;
  tenantId: string | null;
  payload: string | null;
  payloadRef: ObjectRef | null;
  completion: string[];
  envelope: boolean;
  deadlineAt: Date | null;
  /** seconds since the first attempt began, for the budget of throttled starts */
  startingSeconds: number;
}

/**
 * Opens an attempt for each of up to `limit` due executions, oldest first, and commits that intent before anything
 * is sent. Executions of a function at its max_concurrency stay queued and do not block others.
 */
export function claim(
  db: Database,
  owner: string,
  limit: number,
  leaseSeconds: number,
): Promise<ClaimedAttempt[]> {
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::bigint)', [CLAIM_LOCK]);
    return claimDue(tx, owner, limit, leaseSeconds);
  });
}

function claimDue(
  db: Queries,
  owner: string,
  limit: number,
  leaseSeconds: number,
): Promise<ClaimedAttempt[]> {
  return db.query<ClaimedAttempt>(
    `with unlimited as (
       select id, due_at from executions
       where state = 'queued' and max_concurrency is null and due_at <= now()
         and (deadline_at is null or deadline_at > now()) order by due_at, id limit $2::integer
     ), limited_functions as (
       select distinct function_name from executions
       where state = 'queued' and max_concurrency is not null
     ), limited as (
       select place.id, place.due_at
       from limited_functions f
       cross join lateral (
         select count(*) as n from attempts a join executions e on e.id = a.execution_id
         where a.phase <> 'ended' and e.function_name = f.function_name
       ) open
       cross join lateral (
         select q.id, q.due_at, q.max_concurrency, row_number() over (order by q.due_at, q.id) as place
         from (select id, due_at, max_concurrency from executions
               where state = 'queued' and max_concurrency is not null and function_name = f.function_name and due_at <= now() and (deadline_at is null or deadline_at > now())
               order by due_at, id limit $2::integer) q
       ) place
       where place.place + open.n <= place.max_concurrency
     ), chosen as (
       select id from (select * from unlimited union all select * from limited) due order by due_at, id limit $2::integer
     ), claimed as (
       update executions e
       set state = 'running', attempt = e.attempt + 1, started_at = coalesce(e.started_at, now())
       from chosen where e.id = chosen.id and e.state = 'queued'
       returning e.*
     ), opened as (
       insert into attempts (execution_id, number, lease_owner, lease_until)
       select id, attempt, $1::uuid, now() + make_interval(secs => $3::double precision) from claimed
     )
     select id, attempt as number, function, qualifier, invocation_type as "invocationType", log_type as "logType",
       client_context as "clientContext", tenant_id as "tenantId", payload, payload_ref as "payloadRef", completion,
       envelope, deadline_at as "deadlineAt",
       extract(epoch from now() - started_at)::double precision as "startingSeconds"
     from claimed order by due_at, id`,
    [owner, limit, leaseSeconds],
  );
}

/**
 * Renews the leases of the attempts that this replica holds. Leases in its name that it does not hold (the answer to a
 * claim was lost) expire, and the rescuer handles them.
 */
export async function renewLeases(
  db: Queries,
  owner: string,
  held: readonly { id: string; number: number }[],
  leaseSeconds: number,
): Promise<void> {
  await db.query(
    `update attempts a set lease_until = now() + make_interval(secs => $4::double precision)
     from unnest($2::uuid[], $3::integer[]) as held (id, number)
     where a.execution_id = held.id and a.number = held.number
       and a.phase = 'invoking' and a.lease_owner = $1::uuid`,
    [owner, held.map(({ id }) => id), held.map(({ number }) => number), leaseSeconds],
  );
}

/** Whether the execution of a claimed attempt is still open: neither cancelled nor past its deadline. */
export async function isWanted(db: Queries, id: string, number: number): Promise<boolean> {
  const rows = await db.query(
    `select from executions where id = $1::uuid and attempt = $2::integer and finished_at is null
       and (deadline_at is null or deadline_at > now())`,
    [id, number],
  );
  return rows.length === 1;
}

export interface Acceptance {
  requestId: string | null;
  executedVersion: string | null;
  durableExecutionArn: string | null;
  /** how long the channels poll for evidence, in seconds from now */
  evidenceSeconds: number;
}

/**
 * Lambda has accepted the event, so from here on any replica can follow it. Like every write here it locks the execution
 * before its attempt, which rules out deadlocks.
 */
export async function recordAccepted(
  db: Queries,
  id: string,
  number: number,
  answer: Acceptance,
): Promise<void> {
  const [row] = await db.query<{ accepted: boolean }>(
    `with execution as (select id from executions where id = $1::uuid for update), accepted as (
       update attempts a set phase = 'accepted', lease_owner = null, lease_until = null, doubt = null, doubt_code = null,
         poll_at = now(),
         request_id = $3::text, executed_version = $4::text, durable_execution_arn = $6::text,
         evidence_until = now() + make_interval(secs => $5::double precision)
       from execution where a.execution_id = execution.id and a.number = $2::integer and a.phase in ('invoking', 'in_doubt')
       returning a.execution_id
     ), followed as (
       update executions set state = 'running'
       where id = $1::uuid and attempt = $2::integer and state = 'in_doubt' and exists (select from accepted)
     )
     select exists (select from accepted) as accepted`,
    [
      id,
      number,
      answer.requestId,
      answer.executedVersion,
      answer.evidenceSeconds,
      answer.durableExecutionArn,
    ],
  );
  if (!row?.accepted) await nameInvocation(db, id, number, answer);
}

export interface Doubt {
  code: DoubtCode;
  reason: string;
  requestId: string | null;
  /** how long to search for evidence, in seconds from now */
  windowSeconds: number;
  /** only if the lease has expired: set by the rescuer, which acts on attempts of other replicas */
  expiredOnly: boolean;
}

/**
 * A lease may expire because the ledger was unreachable. Its holder is then alive and about to write Lambda's answer,
 * which must come before an outcome from the log, since the log has no results. Longer than the pauses between its tries.
 */
const HOLDER_FIRST_SECONDS = 10;

/** The answer was lost: the function may have run, be running, or not. Nothing is sent again. */
export async function recordDoubt(db: Queries, id: string, number: number, doubt: Doubt): Promise<void> {
  await db.query(
    `with execution as (select id from executions where id = $1::uuid for update), doubted as (
       update attempts a set phase = 'in_doubt', lease_owner = null, lease_until = null,
         poll_at = now() + make_interval(secs => case when $6::boolean then $7::double precision else 0 end),
         doubt = $3::text, doubt_code = $8::text, request_id = coalesce(a.request_id, $4::text),
         evidence_until = now() + make_interval(secs => $5::double precision)
       from execution where a.execution_id = execution.id and a.number = $2::integer and a.phase = 'invoking'
         and (not $6::boolean or a.lease_until < now())
       returning a.execution_id
     )
     update executions set state = 'in_doubt'
     where id = $1::uuid and attempt = $2::integer and state = 'running' and exists (select from doubted)`,
    [
      id,
      number,
      doubt.reason,
      doubt.requestId,
      doubt.windowSeconds,
      doubt.expiredOnly,
      HOLDER_FIRST_SECONDS,
      doubt.code,
    ],
  );
}

/** Lambda provably did not start it: the attempt is over, the execution waits for its next one. */
export async function requeue(
  db: Queries,
  id: string,
  number: number,
  refusal: { error: ExecutionError; delaySeconds: number },
): Promise<void> {
  await db.query(
    `with execution as (select id from executions where id = $1::uuid for update), refused as (
       update attempts a set phase = 'ended', ended_at = now(), lease_owner = null, lease_until = null, poll_at = null,
         outcome = 'refused', error = $3::json
       from execution where a.execution_id = execution.id and a.number = $2::integer and a.phase in ('invoking', 'in_doubt')
       returning a.execution_id
     )
     update executions set state = 'queued', due_at = now() + make_interval(secs => $4::double precision)
     where id = $1::uuid and attempt = $2::integer and state in ('running', 'in_doubt')
       and exists (select from refused)`,
    [id, number, JSON.stringify(refusal.error), refusal.delaySeconds],
  );
}
