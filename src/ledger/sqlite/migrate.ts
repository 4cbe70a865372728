import { missingMigrations, readMigrations } from '../migrations.ts';
import type { SqliteConnection } from './connection.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

/**
 * Brings the file to this version's schema, in one transaction. The process has the file for itself, so nothing races.
 *
 * @returns the numbers that were applied now
 */
export async function migrate(db: SqliteConnection): Promise<number[]> {
  const migrations = await readMigrations(FOLDER);
  return db.write(() => {
    db.script(
      'create table if not exists migrations (number integer primary key, applied_at integer not null) strict',
    );
    const done = new Set(
      db.all<{ number: number }>('select number from migrations').map(({ number }) => number),
    );
    const missing = missingMigrations(migrations, done);
    for (const { number, sql } of missing) {
      db.script(sql);
      db.run('insert into migrations (number, applied_at) values (:number, :now)', {
        number,
        now: Date.now(),
      });
    }
    return missing.map(({ number }) => number);
  });
}
