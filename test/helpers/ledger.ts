/** Ledgers for tests: a fresh database on the real PostgreSQL of this run, or SQLite in memory. */
import { inject } from 'vitest';
import type { ExecutionRequest } from '../../src/domain/execution.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { PostgresConnection } from '../../src/ledger/postgres/connection.ts';
import { postgresLedger } from '../../src/ledger/postgres/driver.ts';
import { migrate as migratePostgres } from '../../src/ledger/postgres/migrate.ts';
import { type Access, detectAccess } from '../../src/ledger/postgres/server.ts';
import type { Ended, NewExecution, Settlement, Submitted } from '../../src/ledger/records.ts';
import { SqliteConnection } from '../../src/ledger/sqlite/connection.ts';
import { sqliteLedger } from '../../src/ledger/sqlite/driver.ts';
import { migrate as migrateSqlite } from '../../src/ledger/sqlite/migrate.ts';
import { newExecution } from './new-execution.ts';
import { startPooler } from './pooler.ts';
import { createDatabase } from './postgres-server.ts';

/** A ledger whose rows a test may also change behind its back. */
export interface TestLedger extends Ledger {
  /** Runs a statement that both dialects understand. */
  run(sql: string): Promise<unknown>;
  /** Lets time pass for the ledger, or for one execution of it. */
  pass(seconds: number, id?: string): Promise<void>;
  /** The end of the evidence window of an execution's attempt, in milliseconds. */
  evidenceUntil(id: string): Promise<number>;
  clear(): Promise<unknown>;
  migrate(): Promise<number[]>;
}

export interface PostgresTestLedger extends TestLedger {
  query: PostgresConnection['query'];
}

const INSTANTS = {
  executions: ['created_at', 'due_at', 'started_at', 'finished_at', 'deadline_at', 'cancel_requested_at'],
  attempts: [
    'started_at',
    'ended_at',
    'lease_until',
    'poll_at',
    'evidence_until',
    'paused_at',
    'heartbeat_at',
  ],
} as const;

/** The statements that move all instants into the past. @param ago SQL that moves one */
function passing(ago: (column: string) => string, id: string | undefined): string[] {
  const ofOne = (column: string) => (id === undefined ? '' : ` where ${column} = '${id}'`);
  return [
    `update executions set ${INSTANTS.executions.map(ago).join(', ')}${ofOne('id')}`,
    `update attempts set ${INSTANTS.attempts.map(ago).join(', ')}${ofOne('execution_id')}`,
    ...(id === undefined ? [`update rates set ${ago('slowed_at')}`] : []),
  ];
}

export async function postgresTestLedger(maxConnections = 10): Promise<PostgresTestLedger> {
  const ledger = openTestLedger(await createDatabase(inject('postgresUrl')), maxConnections);
  await ledger.migrate();
  return ledger;
}

async function pooledTestLedger(): Promise<TestLedger> {
  const { url, stop } = await startPooler(await createDatabase(inject('postgresUrl')));
  const ledger = openTestLedger(url, 10, await detectAccess({ url }));
  await ledger.migrate();
  return { ...ledger, close: () => ledger.close().then(stop) };
}

/** @param url of a database that a bridge uses, or that is to be migrated */
export function openTestLedger(
  url: string,
  maxConnections: number,
  access: Access = 'direct',
): PostgresTestLedger {
  const db = new PostgresConnection({ url }, { access, maxConnections });
  return {
    ...postgresLedger(db),
    query: (sql, params) => db.query(sql, params),
    run: (sql) => db.query(sql),
    pass: async (seconds, id) => {
      const ago = (column: string) => `${column} = ${column} - interval '${seconds} seconds'`;
      for (const sql of passing(ago, id)) await db.query(sql);
    },
    evidenceUntil: async (id) => {
      const [row] = await db.query<{ at: Date }>(
        'select evidence_until as at from attempts where execution_id = $1::uuid',
        [id],
      );
      return row?.at.getTime() ?? 0;
    },
    clear: () => db.query('delete from executions'),
    migrate: () => migratePostgres(db),
  };
}

export async function sqliteTestLedger(path = ':memory:'): Promise<TestLedger> {
  const db = new SqliteConnection(path);
  await migrateSqlite(db);
  return {
    ...sqliteLedger(db),
    run: (sql) => db.write(() => db.run(sql)),
    pass: (seconds, id) =>
      db.write(() => {
        const ago = (column: string) => `${column} = ${column} - ${Math.round(seconds * 1_000)}`;
        for (const sql of passing(ago, id)) db.run(sql);
      }),
    evidenceUntil: async (id) =>
      db.first<{ at: number }>('select evidence_until as at from attempts where execution_id = :id', { id })
        ?.at ?? 0,
    clear: () => db.write(() => db.run('delete from executions')),
    migrate: () => migrateSqlite(db),
  };
}

export const LEDGERS: [string, () => Promise<TestLedger>][] = [
  ['PostgreSQL', () => postgresTestLedger()],
  ['PostgreSQL behind a pooler', pooledTestLedger],
  ['SQLite', () => sqliteTestLedger()],
];

export async function submitOne(ledger: Ledger, execution: NewExecution): Promise<Submitted> {
  const [submitted] = await ledger.submitMany([execution]);
  if (!submitted) throw new Error('no answer');
  return submitted;
}

/** Puts an execution into the ledger. @returns its id */
export async function queue(
  ledger: Ledger,
  overrides: Partial<ExecutionRequest> = {},
  maxConcurrency?: number,
): Promise<string> {
  const { effect, execution } = await submitOne(ledger, newExecution(overrides, { maxConcurrency }));
  if (effect !== 'created') throw new Error(`idempotency key ${overrides.idempotencyKey} is taken`);
  return execution.id;
}

export async function settleOne(ledger: Ledger, settlement: Settlement): Promise<Ended['effect']> {
  const [ended] = await ledger.settleMany([settlement]);
  if (!ended) throw new Error('no answer');
  return ended.effect;
}
