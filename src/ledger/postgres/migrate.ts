import { missingMigrations, readMigrations } from '../migrations.ts';
import type { PostgresConnection } from './connection.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

/** Any number that is the same in every replica: one replica holds the lock and migrates, the others wait for it. */
const MIGRATION_LOCK = 7_305_141;

/**
 * Brings the database to this version's schema. Safe to run from many replicas at once; each migration is one numbered
 * file and runs once. Runs in one transaction, so an error leaves the database unchanged.
 *
 * @returns the numbers that were applied now
 */
export async function migrate(db: PostgresConnection): Promise<number[]> {
  const migrations = await readMigrations(FOLDER);
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
    await tx.query(
      'create table if not exists migrations (number integer primary key, applied_at timestamptz not null default now())',
    );
    const rows = await tx.query<{ number: number }>('select number from migrations');
    const missing = missingMigrations(migrations, new Set(rows.map(({ number }) => number)));
    for (const { number, sql } of missing) {
      await tx.script(sql);
      await tx.query('insert into migrations (number) values ($1::integer)', [number]);
    }
    return missing.map(({ number }) => number);
  });
}
