import { bareName } from '../../domain/function-name.ts';
import { judgeKnownKey } from '../../domain/known-key.ts';
import { newDetail } from '../new-detail.ts';
import type { NewExecution, Submitted } from '../records.ts';
import { inGroups, largeValue, writeGroups } from './batch.ts';
import type { PostgresConnection, Queries } from './connection.ts';
import { findByKey } from './read.ts';

/** One statement where no key is known, which is the rule: only then is the key looked up. */
export async function submitMany(
  db: PostgresConnection,
  executions: readonly NewExecution[],
): Promise<Submitted[]> {
  const created = new Map<string, Date>();
  const groups = inGroups(executions, keyOf, ({ request }) => request.payload ?? null);
  await writeGroups(db, groups, async (tx, group) => {
    for (const [id, createdAt] of await insertExecutions(tx, group, [])) created.set(id, createdAt);
  });
  const submitted: Submitted[] = [];
  for (const execution of executions) {
    const createdAt = created.get(execution.id);
    submitted.push(
      createdAt === undefined
        ? await submitKnown(db, execution)
        : { effect: 'created', execution: newDetail(execution, null, createdAt) },
    );
  }
  return submitted;
}

function keyOf({ id, request }: NewExecution): string {
  return request.idempotencyKey ?? id;
}

/** Its key was taken. Loops only while other submits of the key are faster; with each turn one of them has succeeded. */
async function submitKnown(db: PostgresConnection, execution: NewExecution): Promise<Submitted> {
  const { request, requestHash, rerunFailed } = execution;
  for (;;) {
    const known = await findByKey(db, request.idempotencyKey ?? '');
    if (known) {
      const meaning = judgeKnownKey({ requestHash, rerunFailed, airflow: request.airflow }, known);
      if (meaning !== 'rerun') return { effect: meaning, execution: known.execution };
    }
    const previousId = known?.execution.id ?? null;
    const createdAt = await insertAfter(db, previousId, execution);
    if (createdAt) return { effect: 'created', execution: newDetail(execution, previousId, createdAt) };
  }
}

/** @returns undefined when another submit was faster */
function insertAfter(
  db: PostgresConnection,
  previousId: string | null,
  execution: NewExecution,
): Promise<Date | undefined> {
  return db.transaction(async (tx) => {
    if (previousId !== null && !(await supersede(tx, previousId))) return undefined;
    const created = await insertExecutions(tx, [execution], [previousId]);
    return created.get(execution.id);
  });
}

/** Frees the key of an ended execution for a new one. @returns false when another submit was faster */
async function supersede(db: Queries, id: string): Promise<boolean> {
  const rows = await db.query(
    `update executions set superseded = true
     where id = $1::uuid and not superseded and state in ('failed', 'cancelled') returning id`,
    [id],
  );
  return rows.length === 1;
}

const INSERT = `with input as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::integer[], $15::text[], $16::text[],
      $17::text[], $18::text[], $19::integer[], $20::integer[], $21::double precision[], $22::text[], $23::text[],
      $24::text[], $25::uuid[], $26::double precision[])
    with ordinality as i (id, idempotency_key, request_hash, previous_id, function, function_name, qualifier,
      invocation_type, log_type, client_context, tenant_id, envelope, completion, max_concurrency, labels, dag_id, run_id,
      task_id, map_index, try_number, timeout_seconds, warnings, payload_ref, payload, lease_owner, lease_seconds, place)
  ), inserted as (
    insert into executions (id, idempotency_key, request_hash, previous_id, function, function_name, qualifier,
      invocation_type, log_type, client_context, tenant_id, envelope, completion, max_concurrency, labels, dag_id, run_id,
      task_id, map_index, try_number, deadline_at, warnings, payload_ref, payload, state, attempt, started_at)
    select id, idempotency_key, request_hash, previous_id, function, function_name, qualifier, invocation_type, log_type,
      client_context, tenant_id, envelope, string_to_array(completion, ','), max_concurrency, labels::json, dag_id, run_id,
      task_id, map_index, try_number, now() + make_interval(secs => timeout_seconds), warnings::json, payload_ref::json,
      case when place = $27::integer then $28::text else payload end,
      case when lease_owner is null then 'queued' else 'running' end,
      case when lease_owner is null then 0 else 1 end,
      case when lease_owner is not null then now() end
    from input order by place
    on conflict (idempotency_key) where idempotency_key is not null and not superseded do nothing
    returning id, created_at
  ), opened as (
    insert into attempts (execution_id, number, lease_owner, lease_until)
    select i.id, 1, i.lease_owner, now() + make_interval(secs => i.lease_seconds)
    from input i join inserted on inserted.id = i.id where i.lease_owner is not null
  )
  select id, created_at from inserted`;

/** @returns when each was created; those whose key is taken are missing */
async function insertExecutions(
  db: Queries,
  executions: readonly NewExecution[],
  previousIds: readonly (string | null)[],
): Promise<Map<string, Date>> {
  const requests = executions.map(({ request }) => request);
  const tasks = requests.map(({ airflow }) => airflow);
  const payload = largeValue(requests.map((request) => request.payload ?? null));
  const rows = await db.query<{ id: string; created_at: Date }>(INSERT, [
    executions.map(({ id }) => id),
    requests.map((request) => request.idempotencyKey),
    executions.map(({ requestHash }) => requestHash),
    executions.map((_execution, at) => previousIds[at]),
    requests.map((request) => request.function),
    requests.map((request) => bareName(request.function)),
    requests.map((request) => request.qualifier),
    requests.map((request) => request.invocationType),
    requests.map((request) => request.logType),
    requests.map((request) => request.clientContext),
    requests.map((request) => request.tenantId),
    requests.map((request) => request.envelope),
    requests.map((request) => request.completion.join(',')),
    executions.map(({ maxConcurrency }) => maxConcurrency),
    requests.map((request) => JSON.stringify(request.labels)),
    tasks.map((task) => task?.dag_id),
    tasks.map((task) => task?.run_id),
    tasks.map((task) => task?.task_id),
    tasks.map((task) => task?.map_index),
    tasks.map((task) => task?.try_number),
    requests.map((request) => request.timeoutSeconds),
    executions.map(({ warnings }) => JSON.stringify(warnings)),
    requests.map(({ payloadRef }) => payloadRef && JSON.stringify(payloadRef)),
    payload.inArray,
    executions.map(({ lease }) => lease?.owner),
    executions.map(({ lease }) => lease?.seconds),
    payload.place,
    payload.bytes,
  ]);
  return new Map(rows.map((row) => [row.id, row.created_at]));
}
