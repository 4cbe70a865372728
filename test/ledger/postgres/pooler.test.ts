/** What a pooler in transaction mode takes away; also holds for a real PgBouncer (TEST_POOLER_URL). */
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { PostgresConnection } from '../../../src/ledger/postgres/connection.ts';
import { detectAccess } from '../../../src/ledger/postgres/server.ts';
import { openLedger } from '../../../src/open-ledger.ts';
import { testConfig } from '../../helpers/config.ts';
import { settleOne, submitOne } from '../../helpers/ledger.ts';
import { newExecution } from '../../helpers/new-execution.ts';
import { type Pooler, startPooler } from '../../helpers/pooler.ts';
import { createDatabase } from '../../helpers/postgres-server.ts';

let directUrl: string;
let pooler: Pooler;
const clients: pg.Client[] = [];
beforeAll(async () => {
  directUrl = await createDatabase(inject('postgresUrl'));
  pooler = await startPooler(directUrl);
});
afterAll(async () => {
  for (const client of clients) await client.end();
  await pooler.stop();
});

/** @param parameter of the startup, beside user and database */
async function connect(parameter: Record<string, string> = {}): Promise<pg.Client> {
  const client = new pg.Client(pooler.url);
  client.on('error', () => undefined);
  const { user = '', database = '' } = client;
  Object.assign(client, { getStartupConf: () => ({ user, database, ...parameter }) });
  await client.connect();
  clients.push(client);
  return client;
}

it('is told from a direct connection', async () => {
  expect([await detectAccess({ url: pooler.url }), await detectAccess({ url: directUrl })]).toEqual([
    'pooled',
    'direct',
  ]);
});

it.each(['statement_timeout', 'extra_float_digits', 'options'])(
  'refuses the startup parameter %s',
  async (name) => {
    const error = { code: '08P01', message: `unsupported startup parameter: ${name}` };
    await expect(connect({ [name]: '1' })).rejects.toMatchObject(error);
  },
);

it.each(['application_name', 'client_encoding', 'TimeZone'])(
  'takes the startup parameter %s',
  async (name) => {
    const value = name === 'TimeZone' ? 'UTC' : 'utf8';
    await expect(connect({ [name]: value })).resolves.toBeInstanceOf(pg.Client);
  },
);

it.each([
  ['settings', 'set lock_timeout = 1234', /^0$/],
  ['named statements', { name: 'named', text: `select current_setting('lock_timeout')` }, /does not exist/],
])('does not keep %s for the next transaction', async (_what, first, then) => {
  const [client, other] = [await connect(), await connect()];
  await client.query(first);
  // Whatever session it had is now in use.
  await other.query('begin');
  const next = typeof first === 'string' ? 'show lock_timeout' : first;
  const told = await client.query(next).then(
    ({ rows }) => rows[0]?.lock_timeout,
    (error: Error) => error.message,
  );
  expect(told).toMatch(then);
  await other.query('rollback');
});

it('keeps the session for the length of a transaction', async () => {
  const client = await connect();
  await client.query('begin');
  await client.query('set local lock_timeout = 1234');
  const { rows } = await client.query(`select current_setting('lock_timeout') as ms`);
  await client.query('commit');
  expect(rows).toEqual([{ ms: '1234ms' }]);
});

it('lets nobody connect who sets timeouts for the session', async () => {
  const db = new PostgresConnection({ url: pooler.url }, { access: 'direct' });
  await expect(db.query('select 1')).rejects.toThrow(expect.objectContaining({ code: 'unavailable' }));
  await db.close();
});

it('stands before a ledger that opens, migrates once and works', async () => {
  const config = testConfig({ databaseUrl: pooler.url });
  const { ledger, applied } = await openLedger(config);
  expect(applied.length).toBeGreaterThan(0);
  const { execution } = await submitOne(ledger, newExecution());
  const [attempt] = await ledger.claimDue({ owner: execution.id, seconds: 30 }, 1);
  if (!attempt) throw new Error('nothing claimed');
  expect(await settleOne(ledger, { ...attempt, channel: 'response', outcome: { state: 'succeeded' } })).toBe(
    'settled',
  );
  const again = await openLedger(config);
  expect(again.applied).toEqual([]);
  expect((await again.ledger.get(execution.id))?.state).toBe('succeeded');
  await Promise.all([ledger.close(), again.ledger.close()]);
});
