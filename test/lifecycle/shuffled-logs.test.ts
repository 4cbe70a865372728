/** The whole bridge against logs whose lines become visible in any order: no failure may end as a success. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import type { Bridge } from '../../src/bridge.ts';
import { freshDatabase, read, startInProcess, submit } from '../helpers/bridge.ts';

const RUNS = 60;
let lambda: Emulator;
let bridge: Bridge;

beforeAll(async () => {
  lambda = await startEmulator({
    functionsDir: fileURLToPath(new URL('./functions/', import.meta.url)),
    retryDelaysSeconds: [0.1, 0.1],
    faults: { seed: 1, rules: [{ fault: 'shuffled_logs' }], shuffled_logs_seconds: [0.2, 1.5] },
  });
  bridge = await startInProcess(lambda.url, await freshDatabase(), { lateLinesSeconds: 2 });
});
afterAll(async () => {
  await bridge?.stop(0);
  await lambda?.stop();
});

it(`${RUNS} runs end as they did, whichever of their lines are visible first`, async () => {
  const numbers = Array.from({ length: RUNS }, (_, number) => number);
  const ends = await Promise.all(
    numbers.map(async (number) => {
      const fails = number % 3 > 0;
      const payload = { number, fail: fails };
      const { id } = await submit(bridge.url, { function: 'sleepy', invocation_type: 'Event', payload });
      const { state } = await read(bridge.url, id, 50);
      return { number, state, truth: fails ? 'failed' : 'succeeded' };
    }),
  );
  expect(ends.filter(({ state, truth }) => state !== truth)).toEqual([]);
}, 60_000);
