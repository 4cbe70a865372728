/** What a bridge holds while its ledger is away. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openServer } from '../../src/ledger/database.ts';
import { startLocalLambda } from '../../src/local/server.ts';
import { freshDatabase, read, startInProcess, submit } from '../helpers/bridge.ts';
import { startGate } from '../helpers/gate.ts';
import { until } from '../helpers/until.ts';

it('is written with its result when the ledger is back, although the lease has run out', async () => {
  const runs: string[] = [];
  const lambda = await startLocalLambda({
    functionsDir: fileURLToPath(new URL('./functions/', import.meta.url)),
    onInvocation: (record) => runs.push(record.requestId),
  });
  const url = new URL(await freshDatabase());
  const ledger = openServer(url.href, 1);
  const gate = await startGate(url.hostname, Number(url.port));
  url.port = String(gate.port);
  const bridge = await startInProcess(lambda.url, url.href, { leaseSeconds: 60 });
  const { id } = await submit(bridge.url, { function: 'sleepy', payload: { seconds: 1 } });
  await until('it runs', async () => (await read(bridge.url, id)).state === 'running');
  await gate.close();
  await until('the function has ended', () => runs.length > 0);
  // By now the holder pauses for seconds between its tries to write: the rescuer and the watcher are there before it.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  await ledger.query(`update attempts set lease_until = now() - interval '1 second'`);
  await gate.open();
  const ended = await until('it has ended', async () => {
    const now = await read(bridge.url, id).catch(() => undefined);
    return now?.state === 'succeeded' && now;
  });
  expect(ended).toMatchObject({ settled_by: 'response', result: expect.anything() });
  expect(runs).toHaveLength(1);
  await ledger.close();
  await bridge.stop(0);
  await gate.close();
  await lambda.stop();
});
