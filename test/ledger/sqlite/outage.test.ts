import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GroupedWrites } from '../../../src/ledger/grouped-writes.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { SqliteConnection } from '../../../src/ledger/sqlite/connection.ts';
import { sqliteLedger } from '../../../src/ledger/sqlite/driver.ts';
import { migrate } from '../../../src/ledger/sqlite/migrate.ts';
import { submitOne } from '../../helpers/ledger.ts';
import { settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

/** https://sqlite.org/rescode.html */
const FULL = 13;
const READ_ERROR = 266;
const WRITE_ERROR = 778;

const lease = { owner: randomUUID(), seconds: 30 };

let folder: string;
let db: SqliteConnection;
let ledger: Ledger;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-outage-'));
  db = new SqliteConnection(join(folder, 'ledger.sqlite'));
  await migrate(db);
  ledger = sqliteLedger(db);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await ledger.close();
  await rm(folder, { recursive: true });
});

const large = () => newExecution({ payload: Buffer.alloc(20_000, 'x') }, { lease });
const unavailable = (errcode: number) => ({ code: 'unavailable', cause: { errcode } });

/** The next call of a method of a statement fails as it does for an error of the disk. */
function failOnce(method: 'run' | 'get' | 'all', errcode: number, of: RegExp = /^/): void {
  const original = StatementSync.prototype[method] as (...args: unknown[]) => unknown;
  const spy = vi.spyOn(StatementSync.prototype, method);
  spy.mockImplementation(function (this: StatementSync, ...args: unknown[]) {
    if (!of.test(this.sourceSQL)) return original.apply(this, args) as never;
    spy.mockRestore();
    throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode });
  });
}

describe('a disk that is full', () => {
  it('is an outage for each write, until there is room again', async () => {
    const kept = large();
    await ledger.submitMany([kept]);
    const [{ page_count: pages = 0 } = {}] = db.all<{ page_count: number }>('pragma page_count');
    db.first(`pragma max_page_count = ${pages + 2}`);
    const writes = new GroupedWrites(ledger);
    const refused = [large(), large(), large(), newExecution()];
    const results = await Promise.allSettled(refused.map((execution) => writes.submit(execution)));
    for (const result of results) expect(result).toMatchObject({ reason: unavailable(FULL) });
    for (const { id } of refused) expect(await ledger.get(id)).toBeUndefined();
    expect((await ledger.get(kept.id))?.state).toBe('running');
    db.first('pragma max_page_count = 1000000');
    const after = await Promise.all(refused.map((execution) => writes.submit(execution)));
    expect(after.map(({ effect }) => effect)).toEqual(refused.map(() => 'created'));
  });
});

describe('an error of the disk', () => {
  it.each(['begin immediate', 'insert into attempts', 'commit'])(
    'at "%s" is an outage, after which nothing is written in part',
    async (statement) => {
      const execution = large();
      failOnce('run', WRITE_ERROR, new RegExp(`^${statement}`));
      await expect(ledger.submitMany([execution])).rejects.toMatchObject(unavailable(WRITE_ERROR));
      expect(await ledger.get(execution.id)).toBeUndefined();
      expect((await submitOne(ledger, execution)).effect).toBe('created');
      expect(await ledger.settleMany([settlement({ id: execution.id, number: 1 })])).toMatchObject([
        { effect: 'settled' },
      ]);
    },
  );

  it.each([
    ['get', 'a read', () => ledger.get(randomUUID())],
    ['get', 'a key', () => ledger.findByKey('key')],
    ['all', 'a list', () => ledger.list({}, 10)],
    ['all', 'expired leases', () => ledger.expiredLeases(10)],
    ['get', 'an end', () => ledger.settleMany([settlement({ id: randomUUID(), number: 1 })])],
    ['all', 'a claim', () => ledger.claimDue(lease, 1)],
  ] as ['get' | 'all', string, () => Promise<unknown>][])(
    'in %s() of %s is an outage that ends with it',
    async (method, _what, call) => {
      failOnce(method, READ_ERROR);
      await expect(call()).rejects.toMatchObject(unavailable(READ_ERROR));
      await expect(call()).resolves.not.toThrow();
    },
  );
});
