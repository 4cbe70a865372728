/** Ledgers for tests: a fresh database on the real PostgreSQL of this run, or PGlite in memory. */
import { inject } from 'vitest';
import type { ExecutionRequest } from '../../src/domain/execution.ts';
import { newId } from '../../src/domain/id.ts';
import { type Database, openEmbedded, openServer } from '../../src/ledger/database.ts';
import { insertExecution } from '../../src/ledger/executions.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { createDatabase } from './postgres-server.ts';

export async function postgresLedger(maxConnections = 10): Promise<Database> {
  const db = openServer(await createDatabase(inject('postgresUrl')), maxConnections);
  await migrate(db);
  return db;
}

export async function embeddedLedger(): Promise<Database> {
  const db = await openEmbedded();
  await migrate(db);
  return db;
}

export const LEDGERS: [string, () => Promise<Database>][] = [
  ['PostgreSQL', postgresLedger],
  ['PGlite', embeddedLedger],
];

export function request(overrides: Partial<ExecutionRequest> = {}): ExecutionRequest {
  return {
    function: 'fn',
    invocationType: 'RequestResponse',
    logType: 'None',
    payload: '{"a": 1.0}',
    completion: ['response'],
    envelope: false,
    labels: {},
    ...overrides,
  };
}

/** Puts an execution into the ledger. @returns its id */
export async function queue(
  db: Database,
  overrides: Partial<ExecutionRequest> = {},
  maxConcurrency?: number,
): Promise<string> {
  const id = newId();
  const wanted = request(overrides);
  const execution = await insertExecution(db, {
    id,
    request: wanted,
    requestHash: wanted.payload ?? '',
    maxConcurrency,
    previousId: undefined,
    warnings: [],
  });
  if (!execution) throw new Error(`idempotency key ${wanted.idempotencyKey} is taken`);
  return id;
}
