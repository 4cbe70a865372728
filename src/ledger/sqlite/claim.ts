/** From queued to invoked: claims with a lease. */
import type { AttemptKey } from '../../domain/execution.ts';
import { CLAIMED_PAYLOAD_BYTES, type ClaimedAttempt, type HeldAttempt, type Lease } from '../records.ts';
import type { SqliteConnection } from './connection.ts';
import { openAttempt } from './submit.ts';
import { decoded } from './values.ts';

interface Due {
  id: string;
  due_at: number;
}

export function claimDue(db: SqliteConnection, lease: Lease, limit: number, now: number): ClaimedAttempt[] {
  return [...dueUnlimited(db, limit, now), ...dueLimited(db, limit, now)]
    .sort((a, b) => a.due_at - b.due_at || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
    .flatMap(({ id }) => claimOne(db, id, lease, now));
}

function dueUnlimited(db: SqliteConnection, limit: number, now: number): Due[] {
  return db.all<Due>(
    `select id, due_at from executions
     where state = 'queued' and max_concurrency is null and due_at <= :now
       and (deadline_at is null or deadline_at > :now)
     order by due_at, id limit :limit`,
    { now, limit },
  );
}

/** Of each function with a limit the oldest, as many as it still has room for. */
function dueLimited(db: SqliteConnection, limit: number, now: number): Due[] {
  const functions = db.all<{ name: string; open: number }>(
    `select f.function_name as name,
       (select count(*) from (
          select execution_id from attempts where phase = 'invoking'
          union all select execution_id from attempts where phase in ('accepted', 'in_doubt')) a
        join executions e on e.id = a.execution_id where e.function_name = f.function_name) as open
     from (select distinct function_name from executions where state = 'queued' and max_concurrency is not null) f`,
  );
  return functions.flatMap(({ name, open }) =>
    db.all<Due>(
      `select id, due_at from (
         select id, due_at, max_concurrency, row_number() over (order by due_at, id) as place from executions
         where state = 'queued' and max_concurrency is not null and function_name = :name and due_at <= :now
           and (deadline_at is null or deadline_at > :now)
         order by due_at, id limit :limit)
       where place + :open <= max_concurrency`,
      { name, open, now, limit },
    ),
  );
}

function claimOne(db: SqliteConnection, id: string, lease: Lease, now: number): ClaimedAttempt[] {
  const row = db.first(
    `update executions set state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, :now)
     where id = :id and state = 'queued'
     returning id, attempt as number, function, qualifier, invocation_type as invocationType, log_type as logType,
       client_context as clientContext, tenant_id as tenantId,
       case when length(payload) <= :claimed_bytes then payload end as payload,
       coalesce(length(payload), 0) as payloadBytes, payload_ref, completion, envelope,
       deadline_at as deadlineAt, (:now - started_at) / 1000.0 as startingSeconds`,
    { id, now, claimed_bytes: CLAIMED_PAYLOAD_BYTES },
  );
  if (!row) return [];
  const { payload_ref: payloadRef, ...claimed } = decoded<ClaimedAttempt & { payload_ref: never }>(row);
  openAttempt(db, claimed, lease, now);
  return [{ ...claimed, payloadRef }];
}

export function readPayload(db: SqliteConnection, id: string): Uint8Array | undefined {
  return db.first<{ payload: Uint8Array }>('select payload from executions where id = :id', { id })?.payload;
}

export function renewLease(
  db: SqliteConnection,
  { id, number }: AttemptKey,
  lease: Lease,
  now: number,
): void {
  db.run(
    `update attempts set lease_until = :lease_until
     where execution_id = :id and number = :number and phase = 'invoking' and lease_owner = :owner`,
    { id, number, owner: lease.owner, lease_until: Math.round(now + lease.seconds * 1_000) },
  );
}

export function handOver(db: SqliteConnection, owner: string, now: number): void {
  db.run("update attempts set lease_until = :past where phase = 'invoking' and lease_owner = :owner", {
    owner,
    past: now - 1_000,
  });
}

export function isWanted(db: SqliteConnection, { id, number }: AttemptKey, now: number): boolean {
  const row = db.first(
    `select 1 from executions where id = :id and attempt = :number and finished_at is null
       and (deadline_at is null or deadline_at > :now)`,
    { id, number, now },
  );
  return row !== undefined;
}

export function expiredLeases(db: SqliteConnection, limit: number, now: number): HeldAttempt[] {
  return db
    .all(
      `select e.id, a.number, e.function, e.qualifier, e.invocation_type as invocationType
       from attempts a join executions e on e.id = a.execution_id
       where a.phase = 'invoking' and a.lease_until < :now order by a.lease_until limit :limit`,
      { now, limit },
    )
    .map((row) => decoded<HeldAttempt>(row));
}
