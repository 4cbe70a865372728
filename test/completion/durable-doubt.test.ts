import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bridge } from '../../src/bridge.ts';
import { type LocalLambda, startLocalLambda } from '../../src/local/server.ts';
import { freshDatabase, read, startInProcess, submit } from '../helpers/bridge.ts';

let lambda: LocalLambda;
let bridge: Bridge;
beforeAll(async () => {
  lambda = await startLocalLambda({
    functionsDir: fileURLToPath(new URL('./durable-functions', import.meta.url)),
    faults: { seed: 1, rules: [{ fault: 'reset_after', contains: 'lose' }] },
  });
  bridge = await startInProcess(lambda.url, await freshDatabase(), { evidenceSeconds: 30 });
});
afterAll(async () => {
  await bridge.stop(0);
  await lambda.stop();
});

describe('a durable execution whose answer was lost ends as Lambda ended it, not as its first invocation', () => {
  it.each([
    ['an Event', { invocation_type: 'Event' }],
    ['an Event that names another channel', { invocation_type: 'Event', completion: ['logs'] }],
    ['a RequestResponse', {}],
  ])('of %s', async (_what, members) => {
    const { id } = await submit(bridge.url, {
      function: 'late-failure',
      payload: { mark: 'lose' },
      ...members,
    });
    expect(await read(bridge.url, id, 25)).toMatchObject({
      state: 'failed',
      settled_by: 'durable',
      error: { type: 'RuntimeError', message: 'fails after its wait' },
    });
  });
});
