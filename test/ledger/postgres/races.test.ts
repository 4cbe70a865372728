/** Replicas that write the same at once: nothing happens twice, nothing is lost, and no two wait for each other. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { AttemptKey } from '../../../src/domain/execution.ts';
import type { Ended, Submitted } from '../../../src/ledger/records.ts';
import { openTestLedger, type PostgresTestLedger, queue } from '../../helpers/ledger.ts';
import {
  acceptance,
  BOOM,
  CANCELLED,
  doubt,
  LOST,
  refusal,
  settlement,
} from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';
import { createDatabase } from '../../helpers/postgres-server.ts';
import { until } from '../../helpers/until.ts';

const lease = { owner: randomUUID(), seconds: 30 };
const LARGE = 70_000;

let url: string;
/** each with connections of its own */
let replicas: PostgresTestLedger[];
let db: PostgresTestLedger;
beforeAll(async () => {
  url = await createDatabase(inject('postgresUrl'));
  replicas = Array.from({ length: 4 }, () => openTestLedger(url, 6));
  [db] = replicas as [PostgresTestLedger];
  await db.migrate();
});
afterAll(() => Promise.all(replicas.map((replica) => replica.close())));
beforeEach(async () => {
  await db.clear();
});

/** Runs the work of 20 replicas at once. */
function twenty<T>(work: (replica: PostgresTestLedger, n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: 20 }, (_one, n) => work(replicas[n % replicas.length] ?? db, n)));
}

/** Every second one in the opposite order. */
const turned = <T>(items: readonly T[], n: number): T[] => (n % 2 === 0 ? [...items] : [...items].reverse());

async function held(count: number): Promise<AttemptKey[]> {
  const batch = Array.from({ length: count }, () => newExecution({}, { lease }));
  await db.submitMany(batch);
  return batch.map(({ id }) => ({ id, number: 1 }));
}

const effectsOf = (results: (Submitted | Ended)[][]) => results.flat().map(({ effect }) => effect);
const count = (found: string[], wanted: string) => found.filter((one) => one === wanted).length;

describe('twenty submits of one key', () => {
  it('create one execution, which all of them get', async () => {
    const submitted = await twenty((replica) =>
      replica.submitMany([newExecution({ idempotencyKey: 'one' }, { lease })]),
    );
    const effects = effectsOf(submitted);
    expect([count(effects, 'created'), count(effects, 'existing')]).toEqual([1, 19]);
    expect(new Set(submitted.flat().map(({ execution }) => execution.id)).size).toBe(1);
    expect(await db.list({}, 100)).toHaveLength(1);
  });

  it('create one new execution after one that failed', async () => {
    const first = newExecution({ idempotencyKey: 'one' });
    await db.submitMany([first]);
    await db.cancel(first.id, CANCELLED);
    const submitted = await twenty((replica) =>
      replica.submitMany([newExecution({ idempotencyKey: 'one' }, { rerunFailed: true })]),
    );
    const effects = effectsOf(submitted);
    expect([count(effects, 'created'), count(effects, 'existing')]).toEqual([1, 19]);
    for (const { execution } of submitted.flat()) expect(execution.previousId).toBe(first.id);
    expect(await db.list({}, 100)).toHaveLength(2);
  });
});

describe('batches of the same in opposite orders', () => {
  it('create one execution for each key', async () => {
    const keys = Array.from({ length: 60 }, (_one, n) => `key ${n}`);
    const submitted = await twenty((replica, n) =>
      replica.submitMany(
        turned(keys, n).map((idempotencyKey, at) =>
          newExecution({ idempotencyKey, payload: Buffer.alloc(at % 10 === n % 10 ? LARGE : 1, '1') }),
        ),
      ),
    );
    expect(count(effectsOf(submitted), 'created')).toBe(keys.length);
    const found = new Map<string, Set<string>>();
    for (const { execution } of submitted.flat()) {
      const key = execution.idempotencyKey ?? '';
      found.set(key, (found.get(key) ?? new Set()).add(execution.id));
    }
    expect([...found.values()].map((ids) => ids.size)).toEqual(keys.map(() => 1));
  });

  it('create one new execution for each key whose execution had failed', async () => {
    const keys = Array.from({ length: 30 }, (_one, n) => `key ${n}`);
    const first = keys.map((idempotencyKey) => newExecution({ idempotencyKey }));
    await db.submitMany(first);
    for (const { id } of first) await db.cancel(id, CANCELLED);
    const submitted = await twenty((replica, n) =>
      replica.submitMany(
        turned(keys, n).map((idempotencyKey) => newExecution({ idempotencyKey }, { rerunFailed: true })),
      ),
    );
    expect(count(effectsOf(submitted), 'created')).toBe(keys.length);
    expect(await db.list({}, 100)).toHaveLength(2 * keys.length);
  });

  it('end each attempt once', async () => {
    const keys = await held(60);
    const ended = await twenty((replica, n) =>
      replica.settleMany(
        turned(keys, n).map((key, at) =>
          settlement(key, { state: 'succeeded', result: 'x'.repeat(at % 10 === n % 10 ? LARGE : 1) }),
        ),
      ),
    );
    const effects = effectsOf(ended);
    expect([count(effects, 'settled'), count(effects, 'repeated')]).toEqual([60, 19 * 60]);
    for (const { id } of keys) expect((await db.get(id))?.state).toBe('succeeded');
  });

  it('do not wait for each other while attempts are renewed, polled, doubted, accepted, refused, given up and ended', async () => {
    const keys = await held(100);
    await Promise.all(
      Array.from({ length: 40 }, async (_one, n) => {
        const replica = replicas[n % replicas.length] ?? db;
        const batch = turned(keys, n >> 3);
        switch (n % 8) {
          case 0:
            return replica.renewLeases(lease, batch);
          case 1:
            return replica.recordDoubtMany(batch.slice(20, 60).map((key) => doubt(key)));
          case 2:
            return replica.recordAcceptedMany(batch.slice(20, 80).map((key) => acceptance(key)));
          case 3:
            return replica.requeueMany(batch.slice(0, 40).map((key) => refusal(key)));
          case 4:
            return replica.settleMany(batch.slice(30).map((key) => settlement(key)));
          case 5:
            return replica.schedulePolls(batch.map((key) => ({ ...key, inSeconds: 0 })));
          case 6:
            return replica.settleMany(
              batch
                .slice(10)
                .map((key) => settlement(key, { state: 'failed', error: LOST }, { presumedLost: true })),
            );
          default:
            return Promise.all([
              replica.handOver(lease.owner),
              replica.takeDuePolls(50),
              replica.failOverdue(BOOM),
              replica.claimDue(lease, 30),
              replica.cancel(batch[n]?.id ?? '', CANCELLED),
            ]);
        }
      }),
    );
    await db.settleMany(keys.map((key) => settlement(key)));
    for (const { id } of keys) expect((await db.get(id))?.attempts[0]?.phase).toBe('ended');
  });

  it('delete what ended long ago once', async () => {
    const keys = await held(300);
    await db.settleMany(keys.map((key) => settlement(key)));
    await db.pass(31 * 86_400);
    const deleted = await twenty((replica) => replica.deleteEnded(30, 100));
    expect(deleted.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(300);
    while ((await db.deleteEnded(30, 100)) > 0);
    expect(await db.list({}, 10)).toEqual([]);
  });
});

describe('claims of eight replicas', () => {
  it('stay within the limit of each function, and take all else', async () => {
    const LIMITS = { one: 1, three: 3, nine: 9 };
    const batch = Object.entries(LIMITS).flatMap(([fn, limit]) => [
      ...Array.from({ length: 20 }, () => newExecution({ function: fn }, { maxConcurrency: limit })),
      ...Array.from({ length: 20 }, () => newExecution({ function: `${fn} free` })),
    ]);
    await db.submitMany(batch);
    const claimed: { id: string; function: string }[] = [];
    const claimAll = async (_one: unknown, n: number) => {
      for (;;) {
        const replica = replicas[n % replicas.length] ?? db;
        const got = await replica.claimDue({ owner: randomUUID(), seconds: 30 }, 5);
        if (got.length === 0) return;
        claimed.push(...got);
      }
    };
    await Promise.all(Array.from({ length: 8 }, claimAll));
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(claimed.length);
    const counts = Object.fromEntries(
      Object.keys(LIMITS).map((fn) => [fn, claimed.filter((one) => one.function === fn).length]),
    );
    expect(counts).toEqual(LIMITS);
    expect(claimed).toHaveLength(13 + 60);
  });

  it('wait for a function that another replica claims only if they have to claim of it, too', async () => {
    const claims = async () => (await db.claimDue(lease, 10)).map(({ id }) => id);
    const other = new pg.Client(url);
    await other.connect();
    await other.query('begin');
    // What claimDue() locks of a function with a limit.
    await other.query(`select pg_advisory_xact_lock(7305142, hashtext('locked'))`);
    const [limited, free] = [await queue(db, { function: 'limited' }, 1), await queue(db)];
    expect((await claims()).sort()).toEqual([limited, free].sort());
    const locked = await queue(db, { function: 'locked' }, 1);
    const waiting = claims();
    await until('the claim waits', async () => {
      const { rows } = await other.query(`select from pg_locks where locktype = 'advisory' and not granted`);
      return rows.length === 1;
    });
    await other.query('commit');
    expect(await waiting).toEqual([locked]);
    await other.end();
  });
});
