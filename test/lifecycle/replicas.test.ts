/** What happens when bridges die, stop or share the work: each is a process of its own, on one PostgreSQL. */

import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import { type BridgeProcess, freshDatabase, read, startProcess, submit } from '../helpers/bridge.ts';
import { until } from '../helpers/until.ts';

let lambda: Emulator;
let databaseUrl: string;
let runs: string[];
let bridges: BridgeProcess[];

beforeEach(async () => {
  runs = [];
  bridges = [];
  databaseUrl = await freshDatabase();
  lambda = await startEmulator({
    functionsDir: fileURLToPath(new URL('./functions/', import.meta.url)),
    onInvocation: (record) => runs.push(record.requestId),
  });
});

afterEach(async () => {
  for (const { child, ended } of bridges) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  }
  await lambda.stop();
});

async function start(limits: Record<string, number> = {}): Promise<BridgeProcess> {
  const bridge = await startProcess(lambda.url, databaseUrl, limits);
  bridges.push(bridge);
  return bridge;
}

async function holding(bridge: BridgeProcess, seconds: number): Promise<string> {
  const { id } = await submit(bridge.url, { function: 'sleepy', payload: { seconds } });
  await until(
    'the bridge holds the invocation',
    async () => (await read(bridge.url, id)).state === 'running',
  );
  return id;
}

describe('a bridge that is killed while it holds an invocation', () => {
  it('leaves a doubt that another one settles by the log, without a second start', async () => {
    const first = await start();
    const id = await holding(first, 2);
    // The request must have reached Lambda: a kill before that is a doubt that no log can settle.
    await until('the function runs', async () =>
      (await logLines()).some((line) => line.includes('sleepy begins')),
    );
    first.child.kill('SIGKILL');
    const second = await start();
    const ended = await read(second.url, id, 40);
    expect(ended).toMatchObject({ state: 'succeeded', settled_by: 'logs', attempt: 1 });
    expect(ended.attempts[0]?.doubt).toContain('stopped before');
    expect(runs).toHaveLength(1);
  });
});

describe('a bridge that is told to stop', () => {
  it('takes no new work, finishes what it holds, and exits with 0', async () => {
    const bridge = await start();
    const id = await holding(bridge, 2);
    bridge.child.kill('SIGTERM');
    await until('it stops', () => bridge.lines.some((line) => line['msg'] === 'stopping'));
    await expect(submit(bridge.url, { function: 'sleepy', payload: {} })).rejects.toThrow(
      /503 .*shutting_down/,
    );
    expect((await fetch(`${bridge.url}/readyz`)).status).toBe(503);
    expect(await bridge.ended).toBe(0);
    const other = await start();
    expect(await read(other.url, id)).toMatchObject({ state: 'succeeded', settled_by: 'response' });
    expect(runs).toHaveLength(1);
  });

  it('hands over what does not finish in the drain time', async () => {
    const bridge = await start({ drain_seconds: 0.2 });
    const id = await holding(bridge, 3);
    await until('the function runs', async () => (await logLines()).length > 0);
    bridge.child.kill('SIGTERM');
    expect(await bridge.ended).toBe(0);
    const other = await start();
    expect(await read(other.url, id, 40)).toMatchObject({ state: 'succeeded', settled_by: 'logs' });
    expect(runs).toHaveLength(1);
  });
});

describe('two bridges on one ledger', () => {
  it('run each of 60 executions once, whoever took it in', async () => {
    const both = [await start(), await start()] as const;
    const submitted = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        submit(both[n % 2 === 0 ? 0 : 1].url, { function: 'sleepy', payload: { seconds: 0.05 } }),
      ),
    );
    const ended = await Promise.all(
      submitted.map(({ id }, n) => read(both[n % 2 === 0 ? 1 : 0].url, id, 60)),
    );
    expect(ended.map((execution) => execution.state)).toEqual(Array(60).fill('succeeded'));
    expect(runs).toHaveLength(60);
    expect(new Set(ended.map((execution) => execution.request_id))).toEqual(new Set(runs));
  });
});

describe('log lines of the bridge', () => {
  it('name the execution and hold neither its payload nor its result', async () => {
    const bridge = await start();
    const { id } = await submit(
      bridge.url,
      { function: 'sleepy', payload: { seconds: 0, secret: 'hunter2' } },
      20,
    );
    const about = bridge.lines.filter((line) => line['execution_id'] === id);
    expect(about.map((line) => line['msg'])).toEqual(['submitted', 'invoked', 'attempt ended']);
    expect(JSON.stringify(bridge.lines)).not.toMatch(/hunter2|slept/);
  });
});

/** The messages in the function's log group that follow the START of any invocation; there is only one here. */
async function logLines(): Promise<string[]> {
  const answer = await fetch(lambda.url, {
    method: 'POST',
    headers: {
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
      'content-type': 'application/x-amz-json-1.1',
    },
    body: JSON.stringify({ logGroupName: '/aws/lambda/sleepy' }),
  });
  const { events = [] } = (await answer.json()) as { events?: { message: string }[] };
  return events.map((event) => event.message);
}
