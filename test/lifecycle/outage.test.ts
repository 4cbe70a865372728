/** What becomes of a held invocation while the ledger is away. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import { freshDatabase, read, startInProcess, startProcess, submit } from '../helpers/bridge.ts';
import { type Gate, startGate } from '../helpers/gate.ts';
import { openTestLedger, type PostgresTestLedger } from '../helpers/ledger.ts';
import { recordedLog } from '../helpers/log.ts';
import { until } from '../helpers/until.ts';

let lambda: Emulator;
let runs: string[];
/** stands before the ledger of the bridge, at `url` */
let gate: Gate;
let url: string;
let ledger: PostgresTestLedger;

beforeEach(async () => {
  // A run of the test before may end only now.
  const own: string[] = [];
  runs = own;
  lambda = await startEmulator({
    functionsDir: fileURLToPath(new URL('./functions/', import.meta.url)),
    onInvocation: (record) => own.push(record.requestId),
  });
  const direct = new URL(await freshDatabase());
  ledger = openTestLedger(direct.href, 1);
  gate = await startGate(direct.hostname, Number(direct.port));
  direct.port = String(gate.port);
  url = direct.href;
});

afterEach(async () => {
  await ledger.close();
  await gate.close();
  await lambda.stop();
});

async function holding(bridge: { url: string }, seconds: number): Promise<string> {
  const { id } = await submit(bridge.url, { function: 'sleepy', payload: { seconds } });
  await until('it runs', async () => (await read(bridge.url, id)).state === 'running');
  return id;
}

it('is written with its result when the ledger is back, although the lease has run out', async () => {
  const { log, lines } = recordedLog();
  const bridge = await startInProcess(lambda.url, url, { leaseSeconds: 60 }, {}, log);
  const id = await holding(bridge, 1);
  await gate.close();
  await until('the function has ended', () => runs.length > 0);
  // Then it pauses for 3 s before the next try: the rescuer and the watcher are there before it.
  await until('the holder has failed six times to write', () => {
    const failed = lines.filter(
      ({ msg, execution_id }) => execution_id === id && /trying again$/.test(String(msg)),
    );
    return failed.length === 6;
  });
  await ledger.query(`update attempts set lease_until = now() - interval '1 second'`);
  await gate.open();
  const ended = await until('it has ended', async () => {
    const now = await read(bridge.url, id).catch(() => undefined);
    return now?.state === 'succeeded' && now;
  });
  expect(ended).toMatchObject({ settled_by: 'response', result: expect.anything() });
  expect(runs).toHaveLength(1);
  await bridge.stop(0);
});

it('is left to its lease when the bridge has to stop meanwhile, which still ends with 0', async () => {
  const bridge = await startProcess(lambda.url, url, { drain_seconds: 0.2 });
  await holding(bridge, 20);
  await gate.close();
  bridge.child.kill('SIGTERM');
  expect(await bridge.ended).toBe(0);
  expect(bridge.lines.map((line) => line['msg'])).toContain('stopped');
});

describe('a submit whose write got no answer', () => {
  it('is not sent to Lambda, and is in the queue again when the ledger is back, from which it runs once', async () => {
    const bridge = await startInProcess(lambda.url, url, { leaseSeconds: 60 });
    // The next submit writes over a connection that is there already.
    await submit(bridge.url, { function: 'sleepy', payload: { seconds: 0 } }, 20);
    gate.silence();
    const answer = submit(bridge.url, { function: 'sleepy', payload: { seconds: 0 } }).catch(
      (error: Error) => error.message,
    );
    const written = await until('it is written', async () => {
      const [newest] = await ledger.list({}, 2);
      return newest?.state === 'running' && newest;
    });
    await gate.close();
    expect(await answer).toMatch(/503 .*unavailable/);
    expect(runs).toHaveLength(1);
    expect(await ledger.get(written.id)).toMatchObject({
      state: 'running',
      attempts: [{ phase: 'invoking' }],
    });
    await gate.open();
    const ended = await until('it has ended', async () => {
      const now = await ledger.get(written.id);
      return now?.state === 'succeeded' && now;
    });
    expect(ended.attempts).toMatchObject([
      { number: 1, outcome: 'refused', error: { message: expect.stringContaining('Nothing was sent') } },
      { number: 2, outcome: 'succeeded' },
    ]);
    expect(runs).toHaveLength(2);
    await bridge.stop(0);
  });

  it('leaves nothing behind if it was not written', async () => {
    const bridge = await startInProcess(lambda.url, url);
    await gate.close();
    await expect(submit(bridge.url, { function: 'sleepy', payload: { seconds: 0 } })).rejects.toThrow(/503/);
    await gate.open();
    const next = await until('the ledger is back', () =>
      submit(bridge.url, { function: 'sleepy', payload: { seconds: 0 } }, 20).catch(() => undefined),
    );
    expect((await ledger.list({}, 10)).map(({ id }) => id)).toEqual([next.id]);
    expect(runs).toHaveLength(1);
    await bridge.stop(0);
  });
});
