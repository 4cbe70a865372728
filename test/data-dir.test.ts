import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holdDataDir } from '../src/data-dir.ts';

const MODULE = new URL('../src/data-dir.ts', import.meta.url).href;
const TAKEN = /Another process uses the embedded ledger in .*DATABASE_URL/;
let folder: string;
let data: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-hold-'));
  data = join(folder, 'data');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Another process that holds the directory until it is killed. */
async function holder(): Promise<ChildProcess> {
  const script = `import { holdDataDir } from ${JSON.stringify(MODULE)};
    await holdDataDir(${JSON.stringify(data)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

it('refuses a second holder and says what to do', async () => {
  const free = await holdDataDir(data);
  await expect(holdDataDir(data)).rejects.toThrow(TAKEN);
  await free();
});

it('lets only one of those hold it that start at once', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => holdDataDir(data)));
  const [free, ...others] = tries.filter((one) => one.status === 'fulfilled');
  expect(others).toEqual([]);
  for (const one of tries.filter((other) => other.status === 'rejected'))
    expect(String(one.reason)).toMatch(TAKEN);
  await free?.value();
});

it('refuses the same directory under another name', async () => {
  const free = await holdDataDir(data);
  await symlink(data, join(folder, 'link'));
  await expect(holdDataDir(join(folder, 'link'))).rejects.toThrow(TAKEN);
  await free();
});

it('gives it free', async () => {
  const free = await holdDataDir(data);
  await free();
  await (await holdDataDir(data))();
});

it('lets different directories be held side by side', async () => {
  const free = [await holdDataDir(data), await holdDataDir(join(folder, 'other'))];
  for (const one of free) await one();
});

it('refuses while another process holds it, and takes over when that was killed', async () => {
  const child = await holder();
  await expect(holdDataDir(data)).rejects.toThrow(TAKEN);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await holdDataDir(data))();
});
