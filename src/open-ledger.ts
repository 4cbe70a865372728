import { join } from 'node:path';
import type { Config } from './config/config.ts';
import { holdDataDir } from './data-dir.ts';
import { type Database, openEmbedded, openServer } from './ledger/database.ts';
import { LedgerUnavailable } from './ledger/ledger-unavailable.ts';
import { migrate } from './ledger/migrate.ts';
import { StartError } from './start-error.ts';

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
  const applied = await migrate(patient)
    .catch((error: unknown) => {
      throw unreachable(error) ?? error;
    })
    .finally(() => patient.close());
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

/** No connection (Node's codes, class 08), wrong name or password (28, 3D), a server that starts or stops (57P). */
const NO_ACCESS = /^(?:E[A-Z_]+|08...|28...|3D...|57P..)$/;

function unreachable(error: unknown): StartError | undefined {
  const cause = error instanceof LedgerUnavailable ? error.cause : error;
  const { code, message, errors } = cause as { code?: string; message?: string; errors?: Error[] };
  if (!NO_ACCESS.test(code ?? '')) return undefined;
  // Where a name has several addresses, Node lists an error for each and leaves its own message empty.
  const why = message || errors?.map((one) => one.message).join(', ') || code;
  return new StartError(`The ledger that DATABASE_URL names cannot be opened: ${why}.`);
}
