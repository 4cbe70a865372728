import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteConnection } from '../../../src/ledger/sqlite/connection.ts';
import { openLedger } from '../../../src/open-ledger.ts';
import { StartError } from '../../../src/start-error.ts';
import { testConfig } from '../../helpers/config.ts';
import { until } from '../../helpers/until.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));

let dataDir: string;
let writers: ChildProcess[];
beforeEach(async () => {
  writers = [];
  dataDir = await mkdtemp(join(tmpdir(), 'bridge-sqlite-'));
});
afterEach(async () => {
  for (const writer of writers) writer.kill('SIGKILL');
  await rm(dataDir, { recursive: true });
});

/** Another process that writes until it is killed. @returns what it has confirmed so far */
function startWriter(): { writer: ChildProcess; confirmed: { what: string; id: string }[] } {
  const writer = spawn(process.execPath, [WRITER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  writers.push(writer);
  const confirmed: { what: string; id: string }[] = [];
  let rest = '';
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [what = '', id = ''] = line.split(' ');
      confirmed.push({ what, id });
    }
  });
  return { writer, confirmed };
}

async function kill(writer: ChildProcess): Promise<void> {
  const closed = once(writer, 'close');
  writer.kill('SIGKILL');
  await closed;
}

const open = () => openLedger(testConfig({ dataDir }));

describe('the embedded ledger', () => {
  it('has all that was confirmed before its process was killed, however often', async () => {
    const all: { what: string; id: string }[] = [];
    for (let times = 0; times < 3; times += 1) {
      const { writer, confirmed } = startWriter();
      const enough = 20 + Math.floor(Math.random() * 500);
      await until('it has confirmed enough', () => confirmed.length > enough);
      await kill(writer);
      all.push(...confirmed);
    }
    const { ledger } = await open();
    for (const { what, id } of all) {
      const found = await ledger.get(id);
      if (what === 'settled') expect(found).toMatchObject({ state: 'succeeded', result: id });
      else expect(['running', 'succeeded']).toContain(found?.state);
      expect(found?.attempts).toHaveLength(1);
    }
    await ledger.close();
    const file = new SqliteConnection(join(dataDir, 'ledger.sqlite'));
    expect(file.all('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    // A test cannot cut the power: with these two, SQLite survives that, too.
    expect(file.all('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(file.all('pragma synchronous')).toEqual([{ synchronous: 2 }]);
    file.close();
  });

  it('is for one process at a time: a second one does not start until the first has ended', async () => {
    const { writer, confirmed } = startWriter();
    await until('it writes', () => confirmed.length > 0);
    const second = open();
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(
      `Another process uses the embedded ledger in ${dataDir}. Stop it, choose another BRIDGE_DATA_DIR`,
    );
    const before = confirmed.length;
    await until('the first still writes', () => confirmed.length > before);
    await kill(writer);
    const { ledger, applied } = await open();
    expect(applied).toEqual([]);
    expect((await ledger.get(confirmed[0]?.id ?? ''))?.id).toBe(confirmed[0]?.id);
    await ledger.close();
  });

  it('is given free by a close, in the same process, too', async () => {
    const first = await open();
    expect(first.applied.length).toBeGreaterThan(0);
    await first.ledger.close();
    const second = await open();
    expect(second.applied).toEqual([]);
    await second.ledger.close();
  });

  it('of version 0.1 is left as it is, with a word on what to do', async () => {
    const old = join(dataDir, 'ledger');
    await mkdir(old);
    await writeFile(join(old, 'PG_VERSION'), '17');
    const opening = open();
    await expect(opening).rejects.toThrow(StartError);
    await expect(opening).rejects.toThrow(/version 0\.1, which this version cannot read/);
    await expect(opening).rejects.toThrow(`move ${old} away`);
    await rename(old, join(dataDir, 'old'));
    const { ledger } = await open();
    await ledger.close();
  });
});
