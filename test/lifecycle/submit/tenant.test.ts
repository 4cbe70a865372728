/** The tenant of an execution, from the submit to the header of Invoke. */
import { afterEach, expect, it } from 'vitest';
import type { Bridge } from '../../../src/bridge.ts';
import type { Config } from '../../../src/config/config.ts';
import { freshDatabase, startInProcess } from '../../helpers/bridge.ts';
import { startWireLambda, succeed, type WireLambda } from '../../helpers/wire-lambda.ts';

const ISOLATED = { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } };

let lambda: WireLambda;
let bridge: Bridge;

async function start(configuration: object, config: Partial<Config> = {}) {
  lambda = await startWireLambda(succeed, 1, configuration);
  bridge = await startInProcess(lambda.url, await freshDatabase(), {}, config);
}

afterEach(async () => {
  await bridge.stop(0);
  await lambda.stop();
});

async function submit(body: object) {
  const answer = await fetch(`${bridge.url}/v1/executions?wait=10`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ function: 'fn', ...body }),
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

it('goes out with the request and is shown', async () => {
  await start(ISOLATED);
  const { json } = await submit({ tenant_id: 'blue/team: 1@a' });
  expect(json).toMatchObject({ state: 'succeeded', tenant_id: 'blue/team: 1@a' });
  expect(lambda.invokes[0]?.headers['x-amz-tenant-id']).toBe('blue/team: 1@a');
});

it('is that of the function policy where the submit names none', async () => {
  await start(ISOLATED, { policies: [{ name: '*', allow: true, tenantId: 'house' }] });
  expect((await submit({})).json).toMatchObject({ state: 'succeeded', tenant_id: 'house' });
  expect((await submit({ tenant_id: 'blue' })).json).toMatchObject({ tenant_id: 'blue' });
  expect(lambda.invokes.map(({ headers }) => headers['x-amz-tenant-id'])).toEqual(['house', 'blue']);
});

it('must be named for a function that isolates tenants', async () => {
  await start(ISOLATED);
  const { status, json } = await submit({});
  expect(status).toBe(422);
  expect(json).toMatchObject({
    code: 'invalid_request',
    faults: [{ pointer: '/tenant_id', message: expect.stringMatching(/^is required: /) }],
  });
  expect(lambda.invokes).toHaveLength(0);
});

it('is absent elsewhere', async () => {
  await start({});
  const { json } = await submit({});
  expect(json).not.toHaveProperty('tenant_id');
  expect(lambda.invokes[0]?.headers).not.toHaveProperty('x-amz-tenant-id');
});

it('makes another request of the same key', async () => {
  await start(ISOLATED);
  const blue = { tenant_id: 'blue', idempotency_key: 'k' };
  expect((await submit(blue)).status).toBe(201);
  expect((await submit(blue)).status).toBe(200);
  expect(await submit({ ...blue, tenant_id: 'green' })).toMatchObject({
    status: 409,
    json: { code: 'idempotency_mismatch' },
  });
});

it.each(['', 'a\nb', 'größe', 'x'.repeat(257), 7])('%j is refused', async (tenant_id) => {
  await start(ISOLATED);
  const { status, json } = await submit({ tenant_id });
  expect(status).toBe(422);
  const faults = json['faults'] as { pointer: string }[];
  expect(new Set(faults.map(({ pointer }) => pointer))).toEqual(new Set(['/tenant_id']));
});
