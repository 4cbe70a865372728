import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
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

/** Another process that is ready to take the directory: a line to it makes it try, and say how that went. */
async function waiting() {
  const script = `import { holdDataDir } from ${JSON.stringify(MODULE)};
    process.stdin.once('data', () => holdDataDir(${JSON.stringify(data)})
      .then(() => console.log('held'), () => console.log('refused')));
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function attempt(child: Awaited<ReturnType<typeof waiting>>): Promise<string> {
  const said = once(child.stdout, 'data');
  child.stdin.write('now\n');
  return String(await said).trim();
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
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
  const child = await waiting();
  expect(await attempt(child)).toBe('held');
  await expect(holdDataDir(data)).rejects.toThrow(TAKEN);
  await kill(child);
  await (await holdDataDir(data))();
});

it.runIf(platform() === 'linux')('lets only one of several processes take over at once', async () => {
  for (let round = 0; round < 6; round += 1) {
    const children = await Promise.all(Array.from({ length: 4 }, waiting));
    const said = await Promise.all(children.map(attempt));
    expect(said.toSorted()).toEqual(['held', 'refused', 'refused', 'refused']);
    await Promise.all(children.map(kill));
  }
});
