/** Access to the database: a server through pg, or PGlite inside the process (one connection, one replica). */
import { mkdir } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { whileAvailable } from './ledger-unavailable.ts';

export interface Queries {
  query<Row>(sql: string, params?: unknown[]): Promise<Row[]>;
}

export interface Database extends Queries {
  /** Runs `work` in one transaction. Never wait for the network inside: PGlite has a single connection. */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Whether the database answers. */
export function isReachable(db: Queries): Promise<boolean> {
  return db.query('select 1').then(
    () => true,
    () => false,
  );
}

/**
 * Milliseconds; our longest statement takes seconds. A server that stops responding must not stop a loop for ever, and
 * the locks of a replica that died must not keep the others from claiming.
 */
const TIMEOUTS = {
  statement_timeout: 30_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 10_000,
  /** the client's own timeout, for a server that does not answer at all */
  query_timeout: 35_000,
};

/**
 * @param url a PostgreSQL connection string
 * @param maxConnections connections of this replica
 * @param patient without timeouts: for migrations, which may take long and wait for each other
 */
export function openServer(url: string, maxConnections = 10, patient = false): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    // so that a request fails instead of hanging when the database is unreachable
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'airflow-lambda-bridge',
    ...(patient ? {} : TIMEOUTS),
  });
  // A broken idle connection must not end the process; the next query reports the error to its caller.
  pool.on('error', () => undefined);
  // Nor one that breaks inside a transaction: the pool does not listen on checked-out connections.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const run = async <Row>(
    client: pg.Pool | pg.PoolClient,
    sql: string,
    params: unknown[] = [],
  ): Promise<Row[]> => (await client.query(sql, params)).rows as Row[];

  return {
    query: (sql, params) => whileAvailable(() => run(pool, sql, params)),
    transaction: (work) => whileAvailable(() => transact(work)),
    close: () => pool.end(),
  };

  async function transact<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const answer = await work({ query: (sql, params) => run(client, sql, params) });
      await client.query('commit');
      return answer;
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** @param directory the ledger's files; undefined keeps it in memory (tests) */
export async function openEmbedded(directory?: string): Promise<Database> {
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  const lite = await PGlite.create(directory ?? 'memory://');
  return {
    query: async <Row>(sql: string, params?: unknown[]) => (await lite.query<Row>(sql, params)).rows,
    transaction: (work) =>
      lite.transaction((tx) =>
        work({
          query: async <Row>(sql: string, params?: unknown[]) => (await tx.query<Row>(sql, params)).rows,
        }),
      ),
    close: () => lite.close(),
  };
}
