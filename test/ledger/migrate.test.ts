import { readdir } from 'node:fs/promises';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { openServer } from '../../src/ledger/database.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { LEDGERS } from '../helpers/ledger.ts';
import { createDatabase } from '../helpers/postgres-server.ts';

describe.each(LEDGERS)('migrations on %s', (_name, open) => {
  it('do nothing when they have run', async () => {
    const db = await open();
    expect(await migrate(db)).toEqual([]);
    await db.close();
  });

  it('refuse a ledger that a newer version has migrated', async () => {
    const db = await open();
    await db.query('insert into migrations (number) values (999)');
    await expect(migrate(db)).rejects.toThrow(/schema is at 999/);
    await db.close();
  });
});

describe('twenty replicas that start at once', () => {
  const closing: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(closing.map((close) => close())));

  it('apply each migration once', async () => {
    const url = await createDatabase(inject('postgresUrl'));
    const replicas = Array.from({ length: 20 }, () => openServer(url, 1));
    closing.push(...replicas.map((replica) => replica.close));
    const applied = await Promise.all(replicas.map((replica) => migrate(replica)));
    const files = await readdir(new URL('../../src/ledger/migrations/', import.meta.url));
    expect(applied.flat()).toEqual(files.map((_file, at) => at + 1));
  });
});
