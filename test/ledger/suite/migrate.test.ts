import { readdir } from 'node:fs/promises';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { LEDGERS, openTestLedger } from '../../helpers/ledger.ts';
import { createDatabase } from '../../helpers/postgres-server.ts';

describe.each(LEDGERS)('migrations on %s', (_name, open) => {
  it('do nothing when they have run', async () => {
    const db = await open();
    expect(await db.migrate()).toEqual([]);
    await db.close();
  });

  it('refuse a ledger that a newer version has migrated', async () => {
    const db = await open();
    await db.run('insert into migrations (number, applied_at) select 999, max(applied_at) from migrations');
    await expect(db.migrate()).rejects.toThrow(/schema is at 999/);
    await db.close();
  });
});

describe('twenty replicas that start at once', () => {
  const closing: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(closing.map((close) => close())));

  it('apply each migration once', async () => {
    const url = await createDatabase(inject('postgresUrl'));
    const replicas = Array.from({ length: 20 }, () => openTestLedger(url, 1));
    closing.push(...replicas.map((replica) => replica.close));
    const applied = await Promise.all(replicas.map((replica) => replica.migrate()));
    const files = await readdir(new URL('../../../src/ledger/postgres/migrations/', import.meta.url));
    expect(applied.flat()).toEqual(files.map((_file, at) => at + 1));
  });
});
