/** How a PostgreSQL server is reached. */
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { whileAvailable } from './outage.ts';

export interface Server {
  /** a connection string, with the TLS settings of libpq: `sslmode`, `sslrootcert`, `sslcert`, `sslkey` */
  url: string;
  /** called for each new connection, for passwords that rotate; absent: the one in the URL */
  password?: () => Promise<string>;
}

export function poolSettings({ url, password }: Server): pg.ClientConfig {
  return {
    ...parseIntoClientConfig(url),
    ...(password && { password }),
    // so that a request fails instead of hanging when the database is unreachable
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'airflow-lambda-bridge',
  };
}

/**
 * `direct`: one session with the server, whose settings and prepared statements stay from one query to the next.
 * `pooled`: a pooler is between. In PgBouncer's transaction mode, each transaction may get another session of the server
 * (https://www.pgbouncer.org/features.html).
 */
export type Access = 'direct' | 'pooled';

/** A pooler gives its client a process id of its own. */
export async function detectAccess(server: Server): Promise<Access> {
  const client = new pg.Client(poolSettings(server));
  client.on('error', () => undefined);
  return whileAvailable(async () => {
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const { processID } = client as unknown as { processID: number };
      return rows[0]?.pid === processID ? 'direct' : 'pooled';
    } finally {
      await client.end();
    }
  });
}
