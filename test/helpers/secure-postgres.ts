/** A PostgreSQL server with TLS, which asks the role `rotating` for a password. */
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { FAST, type PostgresServer, startOwnPostgres, unprivileged } from './postgres-server.ts';

const CERTIFICATES = fileURLToPath(new URL('../ledger/postgres/tls/', import.meta.url));

/** Who may connect how: https://www.postgresql.org/docs/current/auth-pg-hba-conf.html */
const ACCESS = `host all postgres 127.0.0.1/32 trust
host all rotating 127.0.0.1/32 scram-sha-256
`;

export const certificate = (name: 'ca.crt' | 'other-ca.crt'): string => join(CERTIFICATES, name);

export interface SecurePostgres extends PostgresServer {
  setPassword(password: string): Promise<void>;
}

export async function startSecurePostgres(): Promise<SecurePostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-secure-'));
  const files = ['server.crt', 'server.key', 'access.conf'].map((name) => join(folder, name));
  const [cert = '', key = '', access = ''] = files;
  copyFileSync(join(CERTIFICATES, 'server.crt'), cert);
  // PostgreSQL refuses a key that others may read.
  copyFileSync(join(CERTIFICATES, 'server.key'), key);
  chmodSync(key, 0o600);
  writeFileSync(access, ACCESS);
  const user = unprivileged();
  if (user) for (const path of [folder, ...files]) chownSync(path, user.uid, user.gid);
  const server = await startOwnPostgres({
    ...FAST,
    ssl: 'on',
    ssl_cert_file: cert,
    ssl_key_file: key,
    hba_file: access,
  });
  const admin = new pg.Client(server.url);
  await admin.connect();
  await admin.query('create role rotating login; grant create on schema public to rotating');
  return {
    ...server,
    setPassword: async (password) => {
      await admin.query(`alter role rotating password '${password}'`);
    },
    stop: async () => {
      await admin.end();
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
