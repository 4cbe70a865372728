import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import type { AttemptKey } from '../../../src/domain/execution.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { PostgresConnection } from '../../../src/ledger/postgres/connection.ts';
import { postgresLedger } from '../../../src/ledger/postgres/driver.ts';
import { migrate } from '../../../src/ledger/postgres/migrate.ts';
import { CANCELLED, LOST, settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';
import { createDatabase } from '../../helpers/postgres-server.ts';
import { until } from '../../helpers/until.ts';

const lease = { owner: randomUUID(), seconds: 30 };

interface Replica extends Ledger {
  /** the ids of which it was told, in order */
  heard: string[];
}

let url: string;
let admin: pg.Client;
let a: Replica;
let b: Replica;
beforeAll(async () => {
  url = await createDatabase(inject('postgresUrl'));
  admin = new pg.Client(url);
  await admin.connect();
  const db = new PostgresConnection({ url }, { access: 'direct' });
  await migrate(db);
  await db.close();
  a = open();
  b = open();
});
afterAll(async () => {
  await Promise.all([a.close(), b.close()]);
  await admin.end();
});
beforeEach(async () => {
  await until('both listen', async () => (await listening()).length === 2);
  a.heard.length = 0;
  b.heard.length = 0;
});

function open(): Replica {
  const ledger = postgresLedger(new PostgresConnection({ url }, { access: 'direct' }), { url });
  const heard: string[] = [];
  ledger.onEnded((ids) => heard.push(...ids));
  return { ...ledger, heard };
}

/** The process ids of the sessions that hear of ends. */
async function listening(): Promise<number[]> {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'idle'
       and (query like 'listen %' or query like '%pg_notify%')`,
  );
  return rows.map(({ pid }) => pid);
}

async function held(count: number, timeoutSeconds?: number): Promise<AttemptKey[]> {
  const request = timeoutSeconds === undefined ? {} : { timeoutSeconds };
  const batch = Array.from({ length: count }, () => newExecution(request, { lease }));
  await a.submitMany(batch);
  return batch.map(({ id }) => ({ id, number: 1 }));
}

const heardBy = ({ heard }: Replica, ids: string[]) =>
  until('it has heard of all', () => ids.every((id) => heard.includes(id)), 5);

it('tell the other replicas of an end, and not the one that wrote it', async () => {
  const keys = await held(3);
  const [first, second, third] = keys.map(({ id }) => id);
  await a.settleMany(keys.slice(0, 1).map((key) => settlement(key)));
  await heardBy(b, [first ?? '']);
  await a.settleMany(keys.slice(1, 2).map((key) => settlement(key, { state: 'failed', error: LOST })));
  await heardBy(b, [second ?? '']);
  // The session gets its notifications in order, so those of its own would be there before this one.
  await b.settleMany(keys.slice(2).map((key) => settlement(key)));
  await heardBy(a, [third ?? '']);
  expect([a.heard, b.heard]).toEqual([[third], [first, second]]);
});

it('tell of a cancel and of a deadline', async () => {
  const [cancelled] = await held(1);
  const [overdue] = await held(1, 0.001);
  await a.cancel(cancelled?.id ?? '', CANCELLED);
  await until('the deadline has passed', async () => (await a.failOverdue(LOST)).length === 1);
  await heardBy(b, [cancelled?.id ?? '', overdue?.id ?? '']);
});

it('tell of what ended only, and only once', async () => {
  const [done, late, fresh] = await held(3);
  if (!done || !late || !fresh) throw new Error('too few');
  await a.settleMany([settlement(done)]);
  await a.cancel(late.id, CANCELLED);
  await heardBy(b, [done.id, late.id]);
  await a.settleMany([settlement(done), settlement(late), settlement(fresh)]);
  expect(await a.cancel(late.id, CANCELLED)).toBeUndefined();
  await heardBy(b, [fresh.id]);
  expect(b.heard).toEqual([done.id, late.id, fresh.id]);
});

it('tell of more than one notification can hold', async () => {
  const keys = await held(450);
  await a.settleMany(keys.map((key) => settlement(key)));
  await heardBy(
    b,
    keys.map(({ id }) => id),
  );
  expect(b.heard).toHaveLength(450);
});

it('come back after their connection was cut, and writing goes on meanwhile', async () => {
  const before = await listening();
  for (const pid of before) await admin.query('select pg_terminate_backend($1)', [pid]);
  const [key] = await held(1);
  expect(await a.settleMany(key ? [settlement(key)] : [])).toMatchObject([{ effect: 'settled' }]);
  await until('both listen again', async () => {
    const now = await listening();
    return now.length === 2 && !now.some((pid) => before.includes(pid));
  });
  b.heard.length = 0;
  const [next] = await held(1);
  await a.settleMany(next ? [settlement(next)] : []);
  await heardBy(b, [next?.id ?? '']);
});

it('end their connection with the ledger, also when it is closed at once', async () => {
  await open().close();
  const other = open();
  await until('it listens', async () => (await listening()).length === 3);
  await other.close();
  await until('only the two listen', async () => (await listening()).length === 2);
});
