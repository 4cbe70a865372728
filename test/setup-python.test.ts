import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'setup-python-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('leaves the Python environment of another checkout alone if .venv links to it', async () => {
  const checkout = join(folder, 'checkout');
  for (const path of ['scripts', 'python-shim/locks', 'python-shim/pyproject.toml'])
    await cp(join(ROOT, path), join(checkout, path), { recursive: true });
  const file = join(folder, 'other', 'airflow-3.3', 'installed.txt');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, 'kept');
  await symlink(join(folder, 'other'), join(checkout, '.venv'), 'junction');

  const script = pathToFileURL(join(checkout, 'scripts', 'setup-python.mjs')).href;
  const setup = promisify(execFile)(process.execPath, [
    '--eval',
    `import(${JSON.stringify(script)}).then(({ setupPython }) => setupPython())`,
  ]);

  await expect(setup).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is a symbolic link'),
  });
  expect(await readFile(file, 'utf8')).toBe('kept');
});
