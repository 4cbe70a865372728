/**
 * Ended executions as rows, in the SQL of PostgreSQL. The columns are those of the migrated ledger: one that is not named
 * here keeps its default.
 */
import type { PostgresConnection } from '../../src/ledger/postgres/connection.ts';
import { insertInto, timesOf, type Values } from './values.ts';

/** One statement writes so many. */
const BATCH = 50_000;

/** `n` is the number of the row, and `at` its time. */
const VALUES: Values = {
  executions: {
    id: 'id',
    idempotency_key: "'manual__' || n || '/task'",
    request_hash: "md5(n::text) || md5('request')",
    state: "'succeeded'",
    attempt: '1',
    function: "'function_' || (n % 50)",
    function_name: "'function_' || (n % 50)",
    invocation_type: "'RequestResponse'",
    log_type: "'None'",
    payload: `'{"key1":"value1"}'`,
    completion: "array['response']",
    dag_id: "'dag_' || (n % 20)",
    run_id: "'manual__' || n",
    task_id: "'task'",
    map_index: '-1',
    try_number: '1',
    created_at: 'at',
    due_at: 'at',
    started_at: 'at',
    finished_at: "at + interval '2 seconds'",
    settled_by: "'response'",
  },
  attempts: {
    execution_id: 'id',
    number: '1',
    phase: "'ended'",
    started_at: 'at',
    ended_at: "at + interval '2 seconds'",
    request_id: "md5('request' || n)::uuid::text",
    executed_version: "'$LATEST'",
    channel: "'response'",
    outcome: "'succeeded'",
    result: `'{"ok":true}'`,
    log_tail: "repeat('a line of a log ', 16)",
    billing: `'{"duration_ms":1.5,"billed_ms":2,"memory_mb":128,"max_memory_mb":38}'`,
  },
};

/** A UUIDv7 of its time: the ids of a ledger sort by creation. */
const ROWS = `
  select n, at, (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(hex, 13, 3) || '-8'
    || substr(hex, 16, 3) || '-' || substr(hex, 19, 12))::uuid as id
  from generate_series($1::bigint, $2::bigint) as n
  cross join lateral (select $3::bigint + n * $4::bigint as ms) as time
  cross join lateral (select to_timestamp(ms / 1000.0) as at,
    lpad(to_hex(ms), 12, '0') || md5(n::text) as hex) as named`;

export async function fillPostgres(db: PostgresConnection, rows: number): Promise<void> {
  const { firstMs, gapMs } = timesOf(rows);
  for (const [table, values] of Object.entries(VALUES)) {
    const columns = await db.query<{ name: string; required: boolean }>(
      `select column_name as name, is_nullable = 'NO' and column_default is null as required
       from information_schema.columns where table_schema = 'public' and table_name = $1::text`,
      [table],
    );
    const insert = insertInto(table, columns, values, ROWS);
    for (let from = 1; from <= rows; from += BATCH)
      await db.query(insert, [from, Math.min(rows, from + BATCH - 1), firstMs, gapMs]);
    // What autovacuum does in time, so that it does not run while others are measured.
    await db.queryOnce(`vacuum analyze ${table}`, []);
  }
  await db.queryOnce('checkpoint', []);
}
