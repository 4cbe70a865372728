import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresConnection } from '../../../src/ledger/postgres/connection.ts';
import { type RotatingPassword, readPassword } from '../../../src/ledger/postgres/password.ts';
import { openLedger } from '../../../src/open-ledger.ts';
import { StartError } from '../../../src/start-error.ts';
import { testConfig } from '../../helpers/config.ts';
import { type SecurePostgres, startSecurePostgres } from '../../helpers/secure-postgres.ts';

const FAILING = { command: 'echo hunter2; echo hunter2 >&2; exit 3' };

let server: SecurePostgres;
let folder: string;
let file: string;
let url: string;
let opened: PostgresConnection[];
beforeAll(async () => {
  server = await startSecurePostgres();
  const parts = new URL(server.url);
  parts.username = 'rotating';
  url = parts.href;
});
afterAll(() => server.stop());
beforeEach(async () => {
  opened = [];
  folder = await mkdtemp(join(tmpdir(), 'bridge-password-'));
  file = join(folder, 'password');
  await rotate('one');
});
afterEach(async () => {
  await Promise.all(opened.map((db) => db.close()));
  await rm(folder, { recursive: true });
});

async function rotate(password: string): Promise<void> {
  await writeFile(file, `${password}\n`);
  await server.setPassword(password);
}

function open(source: RotatingPassword): PostgresConnection {
  const password = () => readPassword(source);
  const db = new PostgresConnection({ url, password }, { access: 'direct', maxConnections: 2 });
  opened.push(db);
  return db;
}

const sources: [string, () => RotatingPassword][] = [
  ['a file', () => ({ file })],
  ['a command', () => ({ command: `cat ${file}` })],
];

describe.each(sources)('a password from %s', (_what, source) => {
  it('is read again for each new connection', async () => {
    const db = open(source());
    await db.query('select 1');
    await rotate('two');
    await db.transaction(async (tx) => {
      // This connection is older than the new password, and the next one is not.
      expect(await tx.query('select 1 as one')).toEqual([{ one: 1 }]);
      expect(await db.query('select 2 as two')).toEqual([{ two: 2 }]);
    });
  });

  it('that is old is a short outage, until the new one is there', async () => {
    const db = open(source());
    await server.setPassword('two');
    await expect(db.query('select 1')).rejects.toMatchObject({
      code: 'unavailable',
      cause: { code: '28P01' },
    });
    await rotate('two');
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('opens the ledger, for which a wrong one is refused in one sentence', async () => {
    const config = testConfig({ databaseUrl: url, databasePassword: source() });
    const { ledger } = await openLedger(config);
    expect(await ledger.list({}, 1)).toEqual([]);
    await ledger.close();
    await server.setPassword('two');
    const refused = openLedger(config);
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow(
      /cannot be opened: password authentication failed for user "rotating"\.$/,
    );
  });
});

describe('a password that cannot be read', () => {
  it.each([
    [FAILING, 'The password command of the database failed: exit code 3.'],
    [{ command: 'kill -9 $$' }, 'The password command of the database failed: SIGKILL.'],
    [{ file: '/nowhere/password' }, 'The password file of the database cannot be read: ENOENT'],
  ])('is told at the start: %j', async (databasePassword, why) => {
    const error = await openLedger(testConfig({ databaseUrl: url, databasePassword })).catch(
      (thrown: Error) => thrown,
    );
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toContain(why);
    expect(inspect(error)).not.toContain('hunter2');
  });

  it('is an outage later, whose error does not hold what the command wrote', async () => {
    const error = await open(FAILING)
      .query('select 1')
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'unavailable',
      cause: { message: expect.stringContaining('exit code 3') },
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
  });
});
