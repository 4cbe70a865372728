import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { awsEnvironment } from './helpers/bridge.ts';
import { until } from './helpers/until.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const FUNCTIONS = fileURLToPath(new URL('./helpers/functions', import.meta.url));

async function run(args: string[], environment: Record<string, string> = {}) {
  const options: SpawnOptions = {
    env: { ...process.env, ...awsEnvironment('http://127.0.0.1:9'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  };
  const child = spawn(process.execPath, [MAIN, ...args], options);
  if (!child.stdout || !child.stderr) throw new Error('it has no output');
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, code };
}

describe('the command line', () => {
  it.each([[['--help']], [['serve', '--help']], [['migrate', '-h']], [['local', '--help']]])(
    'explains itself: %s',
    async (args) => {
      expect(await run(args)).toEqual({ stdout: expect.stringContaining('local'), stderr: '', code: 0 });
    },
  );

  it.each([[['server']], [['serve', 'now']], [[]]])(
    'does nothing that it does not know: %s',
    async (args) => {
      expect(await run(args)).toEqual({ stdout: '', stderr: expect.stringContaining('migrate'), code: 2 });
    },
  );

  it.each([['serve'], ['migrate']])('tells in one sentence that there is no ledger: %s', async (command) => {
    const { stderr, code } = await run([command], { DATABASE_URL: 'postgres://me:secret@127.0.0.1:9/x' });
    expect(stderr).toBe(
      'The ledger that DATABASE_URL names cannot be opened: connect ECONNREFUSED 127.0.0.1:9.\n',
    );
    expect(code).toBe(1);
  });
});

it('ends with the shell of npx, which passes no signal on', async () => {
  const command = `"${process.execPath}" "${MAIN}" local --functions "${FUNCTIONS}" --port 0 & wait`;
  const shell = spawn('sh', ['-c', command], { env: { ...process.env, npm_command: 'exec' } });
  const [ready] = await once(shell.stdout, 'data');
  const url = /http:\S+/.exec(String(ready))?.[0] ?? '';
  expect((await fetch(url)).status).toBeGreaterThan(0);
  shell.kill('SIGKILL');
  const listens = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await until('it has stopped', async () => !(await listens()));
});
