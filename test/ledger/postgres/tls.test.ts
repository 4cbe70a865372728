import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresConnection } from '../../../src/ledger/postgres/connection.ts';
import { openLedger } from '../../../src/open-ledger.ts';
import { StartError } from '../../../src/start-error.ts';
import { testConfig } from '../../helpers/config.ts';
import { certificate, type SecurePostgres, startSecurePostgres } from '../../helpers/secure-postgres.ts';

let server: SecurePostgres;
beforeAll(async () => {
  server = await startSecurePostgres();
});
afterAll(() => server.stop());

/** @param host as the certificate names it, or not */
function urlOf(host: string, rootCertificate: string): string {
  const url = new URL(server.url);
  url.hostname = host;
  return `${url.href}?sslmode=verify-full&sslrootcert=${rootCertificate}`;
}

async function refusal(databaseUrl: string): Promise<StartError> {
  const error = await openLedger(testConfig({ databaseUrl })).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StartError);
  return error as StartError;
}

describe('a ledger with sslmode=verify-full', () => {
  it('is reached over TLS, if its certificate is of the given CA', async () => {
    const url = urlOf('localhost', certificate('ca.crt'));
    const { ledger } = await openLedger(testConfig({ databaseUrl: url }));
    expect(await ledger.isReachable()).toBe(true);
    await ledger.close();
    const db = new PostgresConnection({ url }, { access: 'direct' });
    expect(await db.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([
      { ssl: true },
    ]);
    await db.close();
  });

  it('is refused with a certificate of another CA', async () => {
    const { message } = await refusal(urlOf('localhost', certificate('other-ca.crt')));
    expect(message).toMatch(/^The ledger that DATABASE_URL names cannot be opened: .*certificate/);
  });

  it('is refused with a certificate for another host', async () => {
    const { message } = await refusal(urlOf('127.0.0.1', certificate('ca.crt')));
    expect(message).toMatch(/cannot be opened: .*127\.0\.0\.1/);
  });

  it('is refused if the file of the CA is not there', async () => {
    const { message } = await refusal(urlOf('localhost', '/nowhere/ca.crt'));
    expect(message).toMatch(/cannot be opened: .*\/nowhere\/ca\.crt/);
  });

  it('is refused if the server has no TLS', async () => {
    const plain = createServer((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.write('N')),
    );
    await once(plain.listen(0, '127.0.0.1'), 'listening');
    const { port } = plain.address() as AddressInfo;
    const { message } = await refusal(`postgres://postgres@127.0.0.1:${port}/x?sslmode=verify-full`);
    expect(message).toMatch(/cannot be opened: The server does not support SSL connections/);
    await new Promise((resolve) => plain.close(resolve));
  });
});
