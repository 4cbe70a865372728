import { readdir, readFile } from 'node:fs/promises';
import { BridgeError } from '../domain/errors.ts';
import type { Database, Queries } from './database.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

/** Any number that is the same in every replica: one replica holds the lock and migrates, the others wait for it. */
const MIGRATION_LOCK = 7_305_141;

/**
 * Brings the ledger to this version's schema. Safe to run from many replicas at once; each migration is one
 * numbered file and runs once. Runs in one transaction, so an error leaves the ledger unchanged.
 *
 * @returns the numbers that were applied now
 */
export async function migrate(database: Database): Promise<number[]> {
  const files = (await readdir(FOLDER)).filter((name) => /^\d{3}_\w+\.sql$/.test(name)).sort();
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
    await tx.query(
      'create table if not exists migrations (number integer primary key, applied_at timestamptz not null default now())',
    );
    const done = new Set(
      (await tx.query<{ number: number }>('select number from migrations')).map((row) => row.number),
    );
    refuseNewer(done, files.length);
    const applied: number[] = [];
    for (const file of files) {
      const number = Number(file.slice(0, 3));
      if (done.has(number)) continue;
      await applyFile(tx, file);
      await tx.query('insert into migrations (number) values ($1::integer)', [number]);
      applied.push(number);
    }
    return applied;
  });
}

async function applyFile(tx: Queries, file: string): Promise<void> {
  for (const statement of statements(await readFile(new URL(file, FOLDER), 'utf8')))
    await tx.query(statement);
}

/** PGlite runs one statement per query. Our migrations end each statement with a semicolon at the end of a line. */
function statements(sql: string): string[] {
  return sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .filter((statement) => statement.trim() !== '');
}

function refuseNewer(done: Set<number>, known: number): void {
  const newest = Math.max(0, ...done);
  if (newest <= known) return;
  throw new BridgeError(
    'ledger_too_new',
    500,
    `The ledger's schema is at ${newest}, this version knows ${known}: a newer bridge has migrated it. ` +
      'Run that version or a later one.',
  );
}
