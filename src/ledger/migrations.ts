import { readdir, readFile } from 'node:fs/promises';
import { BridgeError } from '../domain/errors.ts';

export interface Migration {
  number: number;
  sql: string;
}

/** The numbered files of a folder, in order. */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((name) => /^\d{3}_\w+\.sql$/.test(name)).sort();
  return Promise.all(
    files.map(async (name) => ({
      number: Number(name.slice(0, 3)),
      sql: await readFile(new URL(name, folder), 'utf8'),
    })),
  );
}

/**
 * @param done the numbers that the ledger has
 * @returns the migrations that it lacks
 * @throws BridgeError when a newer version has migrated it
 */
export function missingMigrations(migrations: readonly Migration[], done: ReadonlySet<number>): Migration[] {
  const newest = Math.max(0, ...done);
  const known = migrations.length;
  if (newest > known)
    throw new BridgeError(
      'ledger_too_new',
      500,
      `The ledger's schema is at ${newest}, this version knows ${known}: a newer bridge has migrated it. ` +
        'Run that version or a later one.',
    );
  return migrations.filter(({ number }) => !done.has(number));
}
