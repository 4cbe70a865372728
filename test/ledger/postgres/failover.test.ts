/** A failover cuts all connections at once, in the middle of whatever runs. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { LedgerUnavailable } from '../../../src/ledger/ledger-unavailable.ts';
import { detectAccess } from '../../../src/ledger/postgres/server.ts';
import { openTestLedger, type PostgresTestLedger, submitOne } from '../../helpers/ledger.ts';
import { acceptance, settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';
import { startPooler } from '../../helpers/pooler.ts';
import { createDatabase } from '../../helpers/postgres-server.ts';
import { until } from '../../helpers/until.ts';

const CUTS = 5;
const lease = { owner: randomUUID(), seconds: 30 };

const ways: [string, (url: string) => Promise<{ url: string; stop: () => Promise<void> }>][] = [
  ['directly', async (url) => ({ url, stop: async () => undefined })],
  ['through a pooler', startPooler],
];

describe.each(ways)('a failover of a database that is reached %s', (_name, reach) => {
  let admin: pg.Client;
  let way: Awaited<ReturnType<typeof reach>>;
  let db: PostgresTestLedger;
  beforeAll(async () => {
    const url = await createDatabase(inject('postgresUrl'));
    admin = new pg.Client(url);
    await admin.connect();
    way = await reach(url);
    db = openTestLedger(way.url, 6, await detectAccess({ url: way.url }));
    await db.migrate();
  });
  afterAll(async () => {
    await db.close();
    await way.stop();
    await admin.end();
  });

  it('lets each call succeed or be tried again, loses nothing confirmed, and is over with the next call', async () => {
    const confirmed = { submitted: [] as string[], ended: [] as string[] };
    const faults: unknown[] = [];
    let calls = 0;
    let over = false;
    /** @returns undefined for an outage */
    const call = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      calls += 1;
      return work().catch((error: unknown) => void faults.push(error));
    };
    const work = async (_one: unknown, n: number) => {
      while (!over) {
        const batch = [
          newExecution({ idempotencyKey: randomUUID() }, { lease }),
          newExecution({ payload: Buffer.alloc(70_000, '1') }, { lease, maxConcurrency: 100 }),
          newExecution({ payload: Buffer.alloc(70_000, '1') }, { maxConcurrency: 100 }),
        ];
        const submitted = await call(() => db.submitMany(batch));
        if (!submitted) continue;
        confirmed.submitted.push(...submitted.map(({ execution }) => execution.id));
        const keys = batch.slice(0, 2).map(({ id }) => ({ id, number: 1 }));
        await call(() => db.recordAcceptedMany(keys.map((key) => acceptance(key))));
        await call(() => db.claimDue({ ...lease, owner: randomUUID() }, n));
        await call(() => db.list({ state: 'queued' }, 10));
        const ended = await call(() => db.settleMany(keys.map((key) => settlement(key))));
        if (ended) confirmed.ended.push(...keys.map(({ id }) => id));
      }
    };
    const working = Array.from({ length: 8 }, work);
    for (let cut = 0; cut < CUTS; cut += 1) {
      const before = calls;
      await until('calls are under way', () => calls > before + 40);
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
    }
    over = true;
    await Promise.all(working);

    expect(faults.filter((fault) => !(fault instanceof LedgerUnavailable))).toEqual([]);
    expect(faults.length).toBeGreaterThanOrEqual(CUTS);
    for (const id of confirmed.submitted) expect(await db.get(id)).toBeDefined();
    const ended = await db.endedAmong(confirmed.ended);
    expect(new Set(ended)).toEqual(new Set(confirmed.ended));
    expect((await submitOne(db, newExecution())).effect).toBe('created');
  });
});
