/** Access to a PostgreSQL server, directly or through a pooler such as PgBouncer. */
import pg from 'pg';
import { whileAvailable } from './outage.ts';
import { type Access, poolSettings, type Server } from './server.ts';

export interface Queries {
  query<Row>(sql: string, params?: unknown[]): Promise<Row[]>;
}

export interface Transaction extends Queries {
  /** Several statements without parameters. */
  script(sql: string): Promise<void>;
}

/**
 * Milliseconds; our longest statement takes seconds. A server that stops responding must not stop a loop for ever, and
 * the locks of a replica that died must not keep the others from claiming.
 */
const STATEMENT_MS = 30_000;
const LOCK_MS = 10_000;
const IDLE_IN_TRANSACTION_MS = 10_000;
/** The client's own timeout, for a server that does not answer at all. */
const QUERY_MS = 35_000;

const SERVER_TIMEOUTS = {
  statement_timeout: STATEMENT_MS,
  lock_timeout: LOCK_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
};

export interface ConnectionOptions {
  access: Access;
  maxConnections?: number;
  /** without time limits: for migrations, which may take long and wait for each other */
  patient?: boolean;
}

export class PostgresConnection implements Queries {
  readonly #pool: pg.Pool;
  readonly #access: Access;
  readonly #patient: boolean;
  readonly #names = new Map<string, string>();

  constructor(server: Server, { access, maxConnections = 10, patient = false }: ConnectionOptions) {
    this.#access = access;
    this.#patient = patient;
    this.#pool = new pg.Pool({
      ...poolSettings(server),
      max: maxConnections,
      ...(patient ? {} : { query_timeout: QUERY_MS }),
      // A pooler refuses them, or sets them for whoever uses the server's connection next.
      ...(patient || access === 'pooled' ? {} : SERVER_TIMEOUTS),
    });
    // A broken idle connection must not end the process; the next query reports the error to its caller.
    this.#pool.on('error', () => undefined);
    // Nor one that breaks inside a transaction: the pool does not listen on checked-out connections.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** One statement, prepared once per connection where that is possible. */
  query<Row>(sql: string, params: unknown[] = []): Promise<Row[]> {
    return whileAvailable(async () => (await this.#pool.query(this.#config(sql, params))).rows as Row[]);
  }

  /** One statement that is planned for its parameters: without those that are null, an index may answer it. */
  queryOnce<Row>(sql: string, params: unknown[]): Promise<Row[]> {
    return whileAvailable(async () => (await this.#pool.query(sql, params)).rows as Row[]);
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return whileAvailable(() => this.#transact(work));
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(this.#begin());
      const answer = await work({
        query: async <Row>(sql: string, params: unknown[] = []) =>
          (await client.query(this.#config(sql, params))).rows as Row[],
        script: async (sql) => {
          await client.query(sql);
        },
      });
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

  #begin(): string {
    if (this.#patient || this.#access === 'direct') return 'begin';
    const settings = Object.entries(SERVER_TIMEOUTS).map(([name, ms]) => `set local ${name} = ${ms}`);
    return ['begin', ...settings].join('; ');
  }

  #config(sql: string, values: unknown[]): pg.QueryConfig {
    if (this.#access === 'pooled') return { text: sql, values };
    let name = this.#names.get(sql);
    if (name === undefined) {
      name = `bridge_${this.#names.size}`;
      this.#names.set(sql, name);
    }
    return { name, text: sql, values };
  }
}
