/** The only writes that end an execution. Each is fenced by attempt and state, so that the first end wins. */
import type { Attempt, DoubtCode } from '../../domain/execution.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import type { ResultContent } from '../../domain/result-content.ts';
import type { Ended, Settlement } from '../records.ts';
import { EXECUTION_COLUMNS, type ExecutionRow, toExecution } from '../rows.ts';
import { inGroups, largeValue, writeGroups } from './batch.ts';
import type { PostgresConnection, Queries } from './connection.ts';
import { nameInvocation } from './record.ts';

export async function settleMany(
  db: PostgresConnection,
  settlements: readonly Settlement[],
): Promise<Ended[]> {
  const ended = new Map<Settlement, Ended>();
  const groups = inGroups(settlements, ({ id }) => id, resultOf);
  await writeGroups(db, groups, async (tx, group) => {
    const rows = await settleGroup(tx, group);
    for (const one of group) {
      const row = rows.get(one.id);
      if (!row) await nameRepeated(tx, one);
      ended.set(one, row ? effectOf(row, one) : { effect: 'repeated' });
    }
  });
  return settlements.map((one) => ended.get(one) as Ended);
}

function resultOf({ outcome, resultRef }: Settlement): ResultContent | null {
  return outcome.state === 'succeeded' && !resultRef ? (outcome.result ?? null) : null;
}

/** The execution, and what only the database knows of its attempt. */
interface SettledRow extends Omit<ExecutionRow, 'id'> {
  /** null where the execution had ended before */
  id: string | null;
  execution_id: string;
  attempt_started_at: Date;
  attempt_ended_at: Date;
  request_id: string | null;
  executed_version: string | null;
  durable_execution_arn: string | null;
  heartbeat_at: Date | null;
  progress: unknown;
  doubt: string | null;
  doubt_code: DoubtCode | null;
}

function effectOf(row: SettledRow, settlement: Settlement): Ended {
  const { id } = row;
  if (id === null) return { effect: 'late' };
  // The attempts before would have to be read.
  if (settlement.number > 1) return { effect: 'settled' };
  const { outcome, resultRef = null } = settlement;
  const succeeded = outcome.state === 'succeeded';
  const execution = {
    ...toExecution({ ...row, id }),
    requestId: row.request_id,
    executedVersion: row.executed_version,
    result: resultOf(settlement),
    resultType: succeeded && !resultRef ? (outcome.resultType ?? null) : null,
    resultRef: succeeded ? resultRef : null,
    logTail: outcome.logTail ?? null,
    billing: outcome.billing ?? null,
    attempts: [endedAttempt(row, settlement)],
  };
  return { effect: 'settled', execution };
}

function endedAttempt(row: SettledRow, { number, channel, outcome }: Settlement): Attempt {
  return {
    number,
    phase: 'ended',
    startedAt: row.attempt_started_at,
    endedAt: row.attempt_ended_at,
    requestId: row.request_id,
    executedVersion: row.executed_version,
    durableExecutionArn: row.durable_execution_arn,
    pausedAt: null,
    heartbeatAt: row.heartbeat_at,
    progress: row.progress,
    doubt: row.doubt,
    doubtCode: row.doubt_code,
    channel,
    outcome: outcome.state,
    late: false,
    error: outcome.state === 'failed' ? outcome.error : null,
    deliveries: outcome.deliveries ?? null,
    proof: outcome.proof ?? null,
  };
}

async function nameRepeated(db: Queries, settlement: Settlement): Promise<void> {
  const { requestId = null, executedVersion = null } = settlement.outcome;
  if (requestId !== null)
    await nameInvocation(db, settlement, { requestId, executedVersion, durableExecutionArn: null });
}

const SETTLE = `with input as (
    select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[],
      $8::text[], $9::text[], $10::text[], $11::text[], $12::integer[], $13::text[], $14::text[], $15::boolean[],
      $16::text[])
    with ordinality as i (id, number, channel, outcome, error, result, result_bytes, result_type, result_ref, log_tail,
      billing, deliveries, request_id, executed_version, presumed_lost, proof, place)
  ), execution as (
    select e.id, (e.attempt = i.number and e.finished_at is null) as current
    from executions e join input i on i.id = e.id order by e.id for update of e
  ), ended as (
    update attempts a set phase = 'ended', ended_at = now(), lease_owner = null, lease_until = null, poll_at = null,
      paused_at = null, channel = i.channel, outcome = i.outcome, error = i.error::json,
      result = case when i.place = $17::integer then $18::text else i.result end, result_bytes = i.result_bytes,
      result_type = i.result_type, result_ref = i.result_ref::json, log_tail = i.log_tail, billing = i.billing::json,
      deliveries = i.deliveries, proof = i.proof, late = not execution.current, presumed_lost = i.presumed_lost,
      request_id = coalesce(i.request_id, a.request_id),
      executed_version = coalesce(i.executed_version, a.executed_version)
    from input i join execution on execution.id = i.id
    where a.execution_id = i.id and a.number = i.number
      and (a.phase <> 'ended' or (a.presumed_lost and not i.presumed_lost))
    returning a.execution_id, a.started_at, a.ended_at, a.request_id, a.executed_version, a.durable_execution_arn,
      a.heartbeat_at, a.progress, a.doubt, a.doubt_code, execution.current
  ), settled as (
    update executions e set state = i.outcome, finished_at = now(), settled_by = i.channel, error = i.error::json
    from ended join input i on i.id = ended.execution_id
    where e.id = ended.execution_id and ended.current
    returning ${EXECUTION_COLUMNS}
  )
  select ended.execution_id, ended.started_at as attempt_started_at, ended.ended_at as attempt_ended_at,
    ended.request_id, ended.executed_version, ended.durable_execution_arn, ended.heartbeat_at, ended.progress,
    ended.doubt, ended.doubt_code, settled.*
  from ended left join settled on settled.id = ended.execution_id`;

/** @returns the attempts that it ended, by execution */
async function settleGroup(
  db: Queries,
  settlements: readonly Settlement[],
): Promise<Map<string, SettledRow>> {
  const outcomes = settlements.map(({ outcome }) => outcome);
  const results = settlements.map(resultOf);
  const text = largeValue(results.map((result) => (typeof result === 'string' ? result : null)));
  const rows = await db.query<SettledRow>(SETTLE, [
    settlements.map(({ id }) => id),
    settlements.map(({ number }) => number),
    settlements.map(({ channel }) => channel),
    outcomes.map(({ state }) => state),
    outcomes.map((outcome) => (outcome.state === 'failed' ? JSON.stringify(outcome.error) : null)),
    text.inArray,
    results.map((result) => (result instanceof Uint8Array ? result : null)),
    outcomes.map((outcome, at) =>
      outcome.state === 'succeeded' && results[at] !== null ? outcome.resultType : null,
    ),
    settlements.map(({ resultRef }) => resultRef && JSON.stringify(resultRef)),
    outcomes.map(({ logTail }) => logTail),
    outcomes.map(({ billing }) => billing && JSON.stringify(billing)),
    outcomes.map(({ deliveries }) => deliveries),
    outcomes.map(({ requestId }) => requestId),
    outcomes.map(({ executedVersion }) => executedVersion),
    settlements.map(({ presumedLost = false }) => presumedLost),
    outcomes.map(({ proof }) => proof),
    text.place,
    text.bytes,
  ]);
  return new Map(rows.map((row) => [row.execution_id, row]));
}

export async function cancel(
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

export async function failOverdue(db: Queries, error: ExecutionError): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `with overdue as (
       select id from executions e
       where state in ('queued', 'running', 'in_doubt') and deadline_at <= now()
         and not exists (select from attempts a where a.execution_id = e.id and a.number = e.attempt
           and a.phase <> 'ended' and a.paused_at is not null)
       order by id for update
     )
     update executions e set state = 'failed', finished_at = now(), settled_by = 'deadline', error = $1::json
     from overdue where e.id = overdue.id returning e.id`,
    [JSON.stringify(error)],
  );
  return rows.map((row) => row.id);
}

/** Leaves out what another replica is deleting: two that wait could wait for each other. */
export async function deleteEnded(db: Queries, days: number, limit: number): Promise<number> {
  const rows = await db.query(
    `with old as (
       select id from executions where finished_at < now() - make_interval(days => $1::integer)
         and not exists (select from attempts a where a.execution_id = executions.id and a.phase <> 'ended')
       order by finished_at limit $2::integer for update skip locked
     )
     delete from executions e using old where e.id = old.id returning e.id`,
    [days, limit],
  );
  return rows.length;
}
