import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually, FUNCTIONS, isAlive } from './emulator.ts';

const COMMAND = fileURLToPath(new URL('../src/command.ts', import.meta.url));
/** A JSON file that is not a fault script. */
const INVALID_SCRIPT = fileURLToPath(new URL('./functions/aliased/function.json', import.meta.url));
const PROGRAM = `import { runEmulator } from ${JSON.stringify(COMMAND)}; await runEmulator(process.argv.slice(1));`;

async function act(line: string, FunctionName: string, action: string) {
  const endpoint = /http:\S+/.exec(line)?.[0] ?? '';
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const lambda = new LambdaClient({ endpoint, region: 'us-west-2', credentials });
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ action }) }));
  lambda.destroy();
  return JSON.parse(answer.Payload?.transformToString() ?? '');
}

/** @returns the ids of the processes that ran the functions */
async function runFunctions(line: string): Promise<number[]> {
  const pids: number[] = [];
  for (const name of ['python_actor', 'node_actor']) pids.push((await act(line, name, 'calls')).process);
  return pids;
}

describe('the command local', () => {
  let child: ChildProcess;
  afterEach(() => child.kill('SIGKILL'));

  function run(...args: string[]) {
    child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...args]);
    const output = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output.stderr += chunk;
    });
    const ended = once(child, 'close').then(([code]) => ({ code, ...output }));
    return { child, ended };
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its URL, serves, and stops cleanly on %s',
    async (signal) => {
      const { child, ended } = run(
        '--functions',
        FUNCTIONS,
        '--port',
        '0',
        '--region',
        'us-west-2',
        '--retry-delays',
        '1,2',
      );
      const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
      expect(line).toMatch(
        /^Local Lambda emulator on http:\/\/127\.0\.0\.1:\d+ serves aliased, custom_runtime, dead_letter, /,
      );
      const pids = await runFunctions(line);
      child.kill(signal);
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
      expect(pids.filter(isAlive)).toEqual([]);
    },
  );

  test('stops although a process that a function left behind keeps the output open', async () => {
    const { child, ended } = run('--functions', FUNCTIONS, '--port', '0', '--region', 'us-west-2');
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    const daemon: number = await act(line, 'python_actor', 'leave_daemon');
    child.kill('SIGTERM');
    try {
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
    } finally {
      process.kill(daemon);
    }
  });

  test('applies the fault script', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'faults-'));
    const script = join(folder, 'faults.json');
    await writeFile(script, '{"seed":1,"rates":{"throttle":1}}');
    const { child } = run('--functions', FUNCTIONS, '--port', '0', '--faults', script, '--log-delay', '1,2');
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    const url = `${/http:\S+/.exec(line)?.[0]}/2015-03-31/functions/python_actor/invocations`;
    const { status } = await fetch(url, { method: 'POST', body: '{}' });
    await rm(folder, { recursive: true });
    expect(status).toBe(429);
  });

  test('leaves no function processes behind when it is killed', async () => {
    const { child, ended } = run('--functions', FUNCTIONS, '--port', '0', '--region', 'us-west-2');
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    const pids = await runFunctions(line);
    child.kill('SIGKILL');
    await ended;
    await eventually('the end of the function processes', () => pids.every((pid) => !isAlive(pid)));
  });

  test.for([
    [[], '--functions is missing'],
    [
      ['--functions', FUNCTIONS, '--port', '70000'],
      '--port must be a whole number from 0 to 65535, not "70000".',
    ],
    [
      ['--functions', FUNCTIONS, '--retry-delays', '1;2'],
      '--retry-delays must be seconds separated by commas',
    ],
    [['--functions', FUNCTIONS, '--concurrency', '0'], '--concurrency must be a whole number from 1'],
    [['--functions', FUNCTIONS, '--log-delay', '5'], '--log-delay must be two numbers of seconds'],
    [['--functions', FUNCTIONS, '--verbose'], "Unknown option '--verbose'"],
    [[FUNCTIONS], 'Unexpected argument'],
  ] as const)('with %j exits with 2 and prints the usage', async ([args, message]) => {
    const { code, stderr, stdout } = await run(...args).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: airflow-lambda-bridge local --functions DIR');
    expect(stdout).toBe('');
  });

  test('exits with 1 and one sentence if the functions cannot be read', async () => {
    const { code, stderr } = await run('--functions', '/no/such/folder').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The functions folder \/no\/such\/folder cannot be read: .*\n$/);
  });

  test('exits with 1 and one sentence if the fault script is invalid', async () => {
    const { code, stderr } = await run('--functions', FUNCTIONS, '--faults', INVALID_SCRIPT).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The fault script: the file must have required property 'seed'.*\.\n$/);
  });

  test('exits with 1 and one sentence if the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, stderr } = await run('--functions', FUNCTIONS, '--port', String(port)).ended;
    other.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The Lambda emulator cannot listen: .*EADDRINUSE.*\n$/);
  });
});
