/** Ended executions as rows, in the SQL of SQLite. */
import type { SqliteConnection } from '../../src/ledger/sqlite/connection.ts';
import { insertInto, timesOf, type Values } from './values.ts';

/** One statement writes so many. */
const BATCH = 50_000;

/** `n` is the number of the row, and `at` its time. */
const VALUES: Values = {
  executions: {
    id: 'id',
    idempotency_key: "'manual__' || n || '/task'",
    request_hash: 'hex(randomblob(32))',
    state: "'succeeded'",
    attempt: '1',
    function: "'function_' || (n % 50)",
    function_name: "'function_' || (n % 50)",
    invocation_type: "'RequestResponse'",
    log_type: "'None'",
    envelope: '0',
    payload: `cast('{"key1":"value1"}' as blob)`,
    completion: `'["response"]'`,
    dag_id: "'dag_' || (n % 20)",
    run_id: "'manual__' || n",
    task_id: "'task'",
    map_index: '-1',
    try_number: '1',
    created_at: 'at',
    due_at: 'at',
    started_at: 'at',
    finished_at: 'at + 2000',
    settled_by: "'response'",
  },
  attempts: {
    execution_id: 'id',
    number: '1',
    phase: "'ended'",
    started_at: 'at',
    ended_at: 'at + 2000',
    request_id: "'request-' || n",
    executed_version: "'$LATEST'",
    channel: "'response'",
    outcome: "'succeeded'",
    result: `'{"ok":true}'`,
    log_tail: "replace(hex(zeroblob(160)), '00', 'a line of a log ')",
    billing: `'{"duration_ms":1.5,"billed_ms":2,"memory_mb":128,"max_memory_mb":38}'`,
  },
};

/** A UUIDv7 of its time: the ids of a ledger sort by creation. The same for both tables, so without randomness. */
const ROWS = `
  with recursive numbers (n) as (select cast(:from as integer) union all select n + 1 from numbers where n < :to),
  timed as (select n, cast(:first as integer) + n * cast(:gap as integer) as at from numbers)
  select n, at, substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7000-8000-' || printf('%012x', n) as id
  from (select n, at, printf('%012x', at) as hex from timed)`;

export async function fillSqlite(db: SqliteConnection, rows: number): Promise<void> {
  const { firstMs, gapMs } = timesOf(rows);
  for (const [table, values] of Object.entries(VALUES)) {
    const columns = db.all<{ name: string; required: number }>(
      `select name, "notnull" = 1 and dflt_value is null and pk = 0 as required from pragma_table_info(:table)`,
      { table },
    );
    const named = columns.map(({ name, required }) => ({ name, required: required === 1 }));
    const insert = insertInto(table, named, values, ROWS);
    for (let from = 1; from <= rows; from += BATCH)
      await db.write(() =>
        db.run(insert, { from, to: Math.min(rows, from + BATCH - 1), first: firstMs, gap: gapMs }),
      );
  }
  db.script('pragma wal_checkpoint(truncate)');
}
