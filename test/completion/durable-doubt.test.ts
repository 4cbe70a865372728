import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import type { Bridge } from '../../src/bridge.ts';
import { freshDatabase, read, startInProcess, submit } from '../helpers/bridge.ts';

let lambda: Emulator;
let bridge: Bridge;
beforeAll(async () => {
  lambda = await startEmulator({
    functionsDir: fileURLToPath(new URL('./durable-functions', import.meta.url)),
    faults: {
      seed: 1,
      rules: [
        { fault: 'reset_after', contains: 'lose all' },
        { fault: 'reset_after', contains: 'lose one', nth: 1 },
        { fault: 'reset_before', contains: 'never arrive', nth: 1 },
      ],
    },
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
      payload: { mark: 'lose all' },
      ...members,
    });
    expect(await read(bridge.url, id, 25)).toMatchObject({
      state: 'failed',
      settled_by: 'durable',
      error: { type: 'RuntimeError', message: 'fails after its wait' },
    });
  });
});

describe('a durable execution is started under its name again, and is one execution', () => {
  it.each([
    ['an Event whose first answer was lost', 'lose one', 'Event'],
    ['an Event whose first request never arrived', 'never arrive', 'Event'],
    ['a RequestResponse whose first answer was lost', 'lose one', 'RequestResponse'],
    ['a RequestResponse whose first request never arrived', 'never arrive', 'RequestResponse'],
  ])('as %s', async (_what, mark, type) => {
    const submission = { function: 'late-failure', payload: { mark, type }, invocation_type: type };
    const { id } = await submit(bridge.url, submission);
    const { state, error, attempts } = await read(bridge.url, id, 25);
    expect({ state, type: error?.type, attempts: attempts.length }).toEqual({
      state: 'failed',
      type: 'RuntimeError',
      attempts: 1,
    });
    const named = await fetch(
      `${lambda.url}/2025-12-01/functions/late-failure/durable-executions?Qualifier=%24LATEST&DurableExecutionName=${id}-1`,
    );
    expect(await named.json()).toMatchObject({ DurableExecutions: [{ Status: 'FAILED' }] });
  });
});
