/** The memory of large payloads that are on their way to Lambda. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Bridge } from '../../src/bridge.ts';
import { freshDatabase, read, startInProcess } from '../helpers/bridge.ts';
import { until } from '../helpers/until.ts';
import { startWireLambda, succeed, type WireInvoke, type WireLambda } from '../helpers/wire-lambda.ts';

const MB = 1024 * 1024;
let lambda: WireLambda;
let bridge: Bridge;
/** invocations that the function has not ended yet */
let held: WireInvoke[];

beforeEach(async () => {
  held = [];
  lambda = await startWireLambda((invoke) => {
    held.push(invoke);
  }, 60);
});
afterEach(async () => {
  for (const invoke of held) succeed(invoke);
  await bridge.stop();
  await lambda.stop();
});

async function start(limits: { payloadMemoryBytes: number; heldInvocations?: number }): Promise<void> {
  bridge = await startInProcess(lambda.url, await freshDatabase(), limits);
}

const submit = (payload: unknown) =>
  fetch(`${bridge.url}/v1/executions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ function: 'fn', payload }),
  });

it('is a budget: a submit beyond it waits, is refused with Retry-After, and loses nothing', async () => {
  await start({ payloadMemoryBytes: 3 * MB });
  const large = 'x'.repeat(2 * MB);
  expect((await submit(large)).status).toBe(201);
  await until('the first is invoked', () => held.length === 1);
  const refused = await submit(large);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toMatchObject({ code: 'payload_memory_full' });
  const waiting = submit(large);
  for (const invoke of held.splice(0)) succeed(invoke);
  expect((await waiting).status).toBe(201);
  await until('the second is invoked', () => held.length === 1);
  expect(lambda.invokes.map(({ body }) => body === JSON.stringify(large))).toEqual([true, true]);
}, 30_000);

it('does not count small payloads', async () => {
  await start({ payloadMemoryBytes: MB });
  expect((await submit('x'.repeat(MB))).status).toBe(201);
  expect((await submit('x')).status).toBe(201);
  await until('both are invoked', () => held.length === 2);
});

it('is waited for by executions from the queue, whose payload stays in the ledger so long', async () => {
  await start({ payloadMemoryBytes: 3 * MB, heldInvocations: 1 });
  const large = `é${'x'.repeat(2 * MB)}`;
  const first = (await (await submit('small')).json()) as { id: string };
  await until('the first is invoked', () => held.length === 1);
  const second = (await (await submit(large)).json()) as { id: string; state: string };
  expect(second.state).toBe('queued');
  for (const invoke of held.splice(0)) succeed(invoke);
  expect(await read(bridge.url, first.id, 10)).toMatchObject({ state: 'succeeded' });
  await until('the second is invoked', () => held.length === 1);
  expect(lambda.invokes[1]?.body).toBe(JSON.stringify(large));
});
