import { join } from 'node:path';
import type { Config } from './config.ts';
import { holdDataDir } from './data-dir.ts';
import { type Database, openEmbedded, openServer } from './ledger/database.ts';
import { migrate } from './ledger/migrate.ts';

export interface Ledger {
  database: Database;
  /** numbers of the migrations that were applied now */
  applied: number[];
}

/** Opens the ledger of a configuration, PostgreSQL or PGlite in the data directory, at this version's schema. */
export function openLedger({ databaseUrl, dataDir }: Config): Promise<Ledger> {
  return databaseUrl === undefined ? openDirectory(dataDir) : openUrl(databaseUrl);
}

async function openUrl(url: string): Promise<Ledger> {
  const patient = openServer(url, 1, true);
  const applied = await migrate(patient).finally(() => patient.close());
  return { database: openServer(url), applied };
}

async function openDirectory(directory: string): Promise<Ledger> {
  const free = await holdDataDir(directory);
  const embedded = await openEmbedded(join(directory, 'ledger')).catch(async (error: unknown) => {
    await free();
    throw error;
  });
  const database = { ...embedded, close: () => embedded.close().finally(free) };
  const applied = await migrate(database).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  return { database, applied };
}
