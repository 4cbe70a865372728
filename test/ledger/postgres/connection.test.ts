import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PostgresConnection } from '../../../src/ledger/postgres/connection.ts';
import type { Access } from '../../../src/ledger/postgres/server.ts';
import { type Gate, startGate } from '../../helpers/gate.ts';
import { until } from '../../helpers/until.ts';

let gate: Gate;
let db: PostgresConnection;
beforeAll(async () => {
  const url = new URL(inject('postgresUrl'));
  gate = await startGate(url.hostname, Number(url.port));
  url.port = String(gate.port);
  db = new PostgresConnection({ url: url.href }, { access: 'direct' });
});
afterAll(async () => {
  await db.close();
  await gate.close();
});

// An 'error' event without a listener would end the process; vitest counts it as a failure.
it('survives a server that goes away inside a transaction, and works again when it is back', async () => {
  const broken = db.transaction(async (tx) => {
    await gate.close();
    await tx.query('select 1');
  });
  await expect(broken).rejects.toThrow();
  await expect(db.query('select 1')).rejects.toMatchObject({
    code: 'unavailable',
    cause: { code: 'ECONNREFUSED' },
  });
  await gate.open();
  expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
});

it('survives a server that goes away while no query runs', async () => {
  await db.query('select 1');
  await gate.close();
  await gate.open();
  const one = () => db.transaction((tx) => tx.query('select 1 as one')).catch(() => false as const);
  expect(await until('the broken connection is replaced', one)).toEqual([{ one: 1 }]);
});

describe('a connection', () => {
  const timeoutsOf = async (access: Access, patient = false) => {
    const one = new PostgresConnection(
      { url: inject('postgresUrl') },
      { access, patient, maxConnections: 1 },
    );
    const rows = await one.transaction((tx) =>
      tx.query<{ setting: string }>(
        `select name, setting from pg_settings
         where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`,
      ),
    );
    await one.close();
    return rows.map((row) => row.setting);
  };

  it.each(['direct', 'pooled'] as const)(
    'ends statements, waits for a lock and idle transactions at a time limit, %s',
    async (access) => {
      expect(await timeoutsOf(access)).toEqual(['10000', '10000', '30000']);
    },
  );

  it('has no time limits for migrations', async () => {
    expect(await timeoutsOf('direct', true)).toEqual(['0', '0', '0']);
  });
});
