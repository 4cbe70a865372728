/** From queued to invoked: claims with a lease. */
import type { AttemptKey } from '../../domain/execution.ts';
import { CLAIMED_PAYLOAD_BYTES, type ClaimedAttempt, type HeldAttempt, type Lease } from '../records.ts';
import type { PostgresConnection, Queries } from './connection.ts';

/** The first key of the advisory locks of functions with a limit; the second is a hash of the function's name. */
const LIMIT_LOCKS = 7_305_142;

interface ClaimedRow extends Omit<ClaimedAttempt, 'payload'> {
  payload: string | null;
}

/**
 * Only the functions with a limit are locked, and only while one of their executions is queued: two replicas must not
 * both count the open attempts of a function and together exceed its max_concurrency.
 */
export async function claimDue(
  db: PostgresConnection,
  lease: Lease,
  limit: number,
): Promise<ClaimedAttempt[]> {
  const limited = await queuedWithLimit(db);
  const rows =
    limited.length === 0
      ? await claimUnlimited(db, lease, limit)
      : await db.transaction(async (tx) => {
          await lockLimits(tx, limited);
          return claimWithLimits(tx, lease, limit, limited);
        });
  return rows.map((row) => ({ ...row, payload: row.payload === null ? null : Buffer.from(row.payload) }));
}

/** In order, so that two replicas cannot lock the same functions in opposite orders. */
async function queuedWithLimit(db: Queries): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `select distinct function_name as name from executions
     where state = 'queued' and max_concurrency is not null and due_at <= now() order by 1`,
  );
  return rows.map(({ name }) => name);
}

async function lockLimits(db: Queries, functions: readonly string[]): Promise<void> {
  await db.query(
    `select pg_advisory_xact_lock($1::integer, hash) from (
       select distinct hashtext(name) as hash from unnest($2::text[]) as f (name) order by 1) hashes`,
    [LIMIT_LOCKS, functions],
  );
}

const UNLIMITED = `select id, due_at from executions
  where state = 'queued' and max_concurrency is null and due_at <= now()
    and (deadline_at is null or deadline_at > now())
  order by due_at, id limit $2::integer for update skip locked`;

/** Of each function with a limit the oldest, as many as it still has room for. */
const LIMITED = `select place.id, place.due_at
  from unnest($4::text[]) as f (name)
  cross join lateral (
    select count(*) as n from (
      select execution_id from attempts where phase = 'invoking'
      union all select execution_id from attempts where phase in ('accepted', 'in_doubt')) a
    join executions e on e.id = a.execution_id where e.function_name = f.name
  ) open
  cross join lateral (
    select q.id, q.due_at, q.max_concurrency, row_number() over (order by q.due_at, q.id) as place
    from (select id, due_at, max_concurrency from executions
          where state = 'queued' and max_concurrency is not null and function_name = f.name and due_at <= now()
            and (deadline_at is null or deadline_at > now())
          order by due_at, id limit $2::integer) q
  ) place
  where place.place + open.n <= place.max_concurrency`;

/** Opens the attempts of the executions in `chosen`. */
const OPEN_CHOSEN = `claimed as (
    update executions e
    set state = 'running', attempt = e.attempt + 1, started_at = coalesce(e.started_at, now())
    from chosen where e.id = chosen.id and e.state = 'queued'
    returning e.id, e.attempt, e.function, e.qualifier, e.invocation_type, e.log_type, e.client_context, e.tenant_id,
      e.payload, e.payload_ref, e.completion, e.envelope, e.deadline_at, e.started_at, e.due_at
  ), opened as (
    insert into attempts (execution_id, number, lease_owner, lease_until)
    select id, attempt, $1::uuid, now() + make_interval(secs => $3::double precision) from claimed
  )
  select id, attempt as number, function, qualifier, invocation_type as "invocationType", log_type as "logType",
    client_context as "clientContext", tenant_id as "tenantId", payload_ref as "payloadRef", completion,
    case when octet_length(payload) <= ${CLAIMED_PAYLOAD_BYTES} then payload end as payload,
    coalesce(octet_length(payload), 0) as "payloadBytes",
    envelope, deadline_at as "deadlineAt",
    extract(epoch from now() - started_at)::double precision as "startingSeconds"
  from claimed order by due_at, id`;

function claimUnlimited(db: Queries, { owner, seconds }: Lease, limit: number): Promise<ClaimedRow[]> {
  return db.query(`with chosen as (${UNLIMITED}), ${OPEN_CHOSEN}`, [owner, limit, seconds]);
}

function claimWithLimits(
  db: Queries,
  { owner, seconds }: Lease,
  limit: number,
  functions: readonly string[],
): Promise<ClaimedRow[]> {
  return db.query(
    `with unlimited as (${UNLIMITED}), limited as (${LIMITED}), chosen as (
       select id from (select * from unlimited union all select * from limited) due order by due_at, id limit $2::integer
     ), ${OPEN_CHOSEN}`,
    [owner, limit, seconds, functions],
  );
}

export async function readPayload(db: Queries, id: string): Promise<Uint8Array | undefined> {
  const [row] = await db.query<{ payload: string }>('select payload from executions where id = $1::uuid', [
    id,
  ]);
  return row && Buffer.from(row.payload);
}

/** Leaves out what another transaction is writing: its lease is about to end, and two that wait could wait for each other. */
export async function renewLeases(
  db: Queries,
  { owner, seconds }: Lease,
  held: readonly AttemptKey[],
): Promise<void> {
  await db.query(
    `with leased as (
       select a.execution_id, a.number
       from unnest($2::uuid[], $3::integer[]) as held (id, number)
       join attempts a on a.execution_id = held.id and a.number = held.number
       where a.phase = 'invoking' and a.lease_owner = $1::uuid for update of a skip locked
     )
     update attempts a set lease_until = now() + make_interval(secs => $4::double precision)
     from leased where a.execution_id = leased.execution_id and a.number = leased.number`,
    [owner, held.map(({ id }) => id), held.map(({ number }) => number), seconds],
  );
}

/** Leaves out what another transaction is writing, as renewLeases(). */
export async function handOver(db: Queries, owner: string): Promise<void> {
  await db.query(
    `with leased as (
       select execution_id, number from attempts
       where phase = 'invoking' and lease_owner = $1::uuid for update skip locked
     )
     update attempts a set lease_until = now() - interval '1 second'
     from leased where a.execution_id = leased.execution_id and a.number = leased.number`,
    [owner],
  );
}

export async function isWanted(db: Queries, { id, number }: AttemptKey): Promise<boolean> {
  const rows = await db.query(
    `select from executions where id = $1::uuid and attempt = $2::integer and finished_at is null
       and (deadline_at is null or deadline_at > now())`,
    [id, number],
  );
  return rows.length === 1;
}

export function expiredLeases(db: Queries, limit: number): Promise<HeldAttempt[]> {
  return db.query<HeldAttempt>(
    `select e.id, a.number, e.function, e.qualifier, e.invocation_type as "invocationType"
     from attempts a join executions e on e.id = a.execution_id
     where a.phase = 'invoking' and a.lease_until < now() order by a.lease_until limit $1::integer`,
    [limit],
  );
}
