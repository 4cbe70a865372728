/** When a submit starts at once, and when it waits in the queue. */
import { afterEach, expect, it } from 'vitest';
import type { Bridge } from '../../../src/bridge.ts';
import type { Config } from '../../../src/config/config.ts';
import type { Limits } from '../../../src/config/limits.ts';
import { freshDatabase, read, startInProcess, submit } from '../../helpers/bridge.ts';
import { until } from '../../helpers/until.ts';
import { startWireLambda, succeed, type WireInvoke, type WireLambda } from '../../helpers/wire-lambda.ts';

let lambda: WireLambda;
let bridge: Bridge;

async function start(
  onInvoke: (invoke: WireInvoke) => void,
  limits: Partial<Limits> = {},
  config: Partial<Config> = {},
): Promise<void> {
  lambda = await startWireLambda(onInvoke);
  bridge = await startInProcess(lambda.url, await freshDatabase(), limits, config);
}

afterEach(async () => {
  for (const { answer } of lambda.invokes) answer.destroy();
  await bridge.stop(0);
  await lambda.stop();
});

const payloads = () => lambda.invokes.map(({ body }) => JSON.parse(body) as number);
const submitOne = (payload: number, fn = 'fn') => submit(bridge.url, { function: fn, payload });

it('a submit with room runs at once', async () => {
  await start(() => undefined);
  expect(await submitOne(1)).toMatchObject({
    state: 'running',
    attempt: 1,
    attempts: [{ phase: 'invoking' }],
  });
  await until('it is invoked', () => lambda.invokes.length === 1);
});

it('submits without room wait, and run in their order when there is room', async () => {
  await start(() => undefined, { heldInvocations: 2 });
  const states: string[] = [];
  for (const payload of [1, 2, 3, 4, 5, 6]) states.push((await submitOne(payload)).state);
  expect(states).toEqual(['running', 'running', 'queued', 'queued', 'queued', 'queued']);
  for (const at of [0, 1, 2, 3]) {
    await until('two are held', () => lambda.invokes.length === at + 2);
    const invoke = lambda.invokes[at];
    if (invoke) succeed(invoke);
  }
  await until('all are invoked', () => lambda.invokes.length === 6);
  expect(payloads()).toEqual([1, 2, 3, 4, 5, 6]);
});

it('a submit of a function with a limit goes through the queue, and runs when there is room for the function', async () => {
  const policies = [{ name: 'limited', allow: true, maxConcurrency: 1 }];
  await start(() => undefined, {}, { policies });
  expect(await submitOne(1, 'limited')).toMatchObject({ state: 'queued', attempt: 0 });
  expect(await submitOne(2, 'limited')).toMatchObject({ state: 'queued' });
  await until('the first is invoked', () => lambda.invokes.length === 1);
  expect(await submitOne(3, 'limited')).toMatchObject({ state: 'queued' });
  for (const at of [0, 1]) {
    const invoke = lambda.invokes[at];
    if (invoke) succeed(invoke);
    await until('the next one is invoked', () => lambda.invokes.length === at + 2);
  }
  expect(payloads()).toEqual([1, 2, 3]);
});

it('a submit under way when the bridge stops is finished, and so is its invocation', async () => {
  await start((invoke) => setTimeout(() => succeed(invoke), 200), { drainSeconds: 10 });
  const submitted = submitOne(1);
  await until('it is invoked', () => lambda.invokes.length === 1);
  const { id } = await submitted;
  const ended = read(bridge.url, id, 10);
  await bridge.stop();
  expect((await ended).state).toBe('succeeded');
});
