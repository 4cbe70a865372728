import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config/config.ts';
import type { Ledger } from './ledger/ledger.ts';
import { LedgerUnavailable } from './ledger/ledger-unavailable.ts';
import { PostgresConnection } from './ledger/postgres/connection.ts';
import { postgresLedger } from './ledger/postgres/driver.ts';
import { migrate as migratePostgres } from './ledger/postgres/migrate.ts';
import { readPassword } from './ledger/postgres/password.ts';
import { detectAccess, type Server } from './ledger/postgres/server.ts';
import { isLocked, SqliteConnection } from './ledger/sqlite/connection.ts';
import { sqliteLedger } from './ledger/sqlite/driver.ts';
import { migrate as migrateSqlite } from './ledger/sqlite/migrate.ts';
import { StartError } from './start-error.ts';

export interface OpenedLedger {
  ledger: Ledger;
  /** numbers of the migrations that were applied now */
  applied: number[];
}

/** Opens the ledger of a configuration, PostgreSQL or SQLite in the data directory, at this version's schema. */
export function openLedger({ dataDir, ...config }: Config): Promise<OpenedLedger> {
  const { databaseUrl, databaseUrlDirect, databasePassword } = config;
  if (databaseUrl === undefined) return openDirectory(dataDir);
  const password = databasePassword && { password: () => readPassword(databasePassword) };
  const direct = databaseUrlDirect === undefined ? undefined : { url: databaseUrlDirect, ...password };
  return openServer({ url: databaseUrl, ...password }, direct);
}

async function openServer(server: Server, direct: Server | undefined): Promise<OpenedLedger> {
  // The first connection: whatever its error, it is about the way to the database, TLS and passwords included.
  const access = await detectAccess(server).catch((error: unknown) => {
    throw cannotOpen(error);
  });
  try {
    const patient = new PostgresConnection(server, { access, maxConnections: 1, patient: true });
    const applied = await migratePostgres(patient).finally(() => patient.close());
    return { ledger: postgresLedger(new PostgresConnection(server, { access }), direct), applied };
  } catch (error) {
    throw error instanceof LedgerUnavailable ? cannotOpen(error) : error;
  }
}

async function openDirectory(directory: string): Promise<OpenedLedger> {
  if (existsSync(join(directory, 'ledger', 'PG_VERSION'))) throw oldFormat(directory);
  await mkdir(directory, { recursive: true });
  const connection = openFile(directory);
  try {
    return { applied: await migrateSqlite(connection), ledger: sqliteLedger(connection) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function openFile(directory: string): SqliteConnection {
  try {
    return new SqliteConnection(join(directory, 'ledger.sqlite'));
  } catch (error) {
    if (!isLocked(error)) throw error;
    throw new StartError(
      `Another process uses the embedded ledger in ${directory}. Stop it, choose another BRIDGE_DATA_DIR, ` +
        'or set DATABASE_URL to share one PostgreSQL.',
    );
  }
}

function oldFormat(directory: string): StartError {
  return new StartError(
    `${directory} holds a ledger of version 0.1, which this version cannot read. Let the older version run until its ` +
      `executions have ended. Then move ${join(directory, 'ledger')} away, or choose another BRIDGE_DATA_DIR.`,
  );
}

function cannotOpen(error: unknown): StartError {
  const cause = error instanceof LedgerUnavailable ? error.cause : error;
  const { code, message, errors } = cause as { code?: string; message?: string; errors?: Error[] };
  // Where a name has several addresses, Node lists an error for each and leaves its own message empty.
  const why = message || errors?.map((one) => one.message).join(', ') || code;
  return new StartError(`The ledger that DATABASE_URL names cannot be opened: ${why}.`);
}
