import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../../src/contract/openapi.ts';
import { VERSION } from '../../src/version.ts';
import { type Api, apiOf } from '../helpers/api.ts';
import { type Gate, startGate } from '../helpers/gate.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

const READY = { status: 200, json: { ready: true, obstacles: [] } };
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ s3: false });
});
afterAll(() => stack.stop());

describe('a bridge that works', () => {
  it('lives and is ready', async () => {
    const api = apiOf(stack.url);
    expect(await api.get('/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
    expect(await api.get('/readyz')).toMatchObject(READY);
  });

  it('shows its contract', async () => {
    const { json } = await apiOf(stack.url).get('/openapi.json');
    expect(json).toEqual(JSON.parse(JSON.stringify(openApi(VERSION))));
  });
});

describe('a bridge whose database is away', () => {
  let gate: Gate;
  let api: Api;
  beforeAll(async () => {
    const target = new URL(stack.databaseUrl ?? '');
    gate = await startGate(target.hostname, Number(target.port));
    target.port = String(gate.port);
    api = apiOf((await stack.startReplica({ databaseUrl: target.href })).url);
    expect(await api.get('/readyz')).toMatchObject(READY);
    await gate.close();
  });

  it('lives, but is not ready, and says why', async () => {
    expect((await api.get('/healthz')).status).toBe(200);
    expect(await api.get('/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, obstacles: ['The ledger cannot be reached.'] },
    });
  });

  it('asks callers to try again later', async () => {
    const before = await stack.executions();
    for (const answer of [await api.get('/v1/executions'), await api.submit({ function: 'echo' })]) {
      expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await stack.executions()).toBe(before);
  });

  it('works on as soon as it is back', async () => {
    await gate.open();
    await until('it is ready', async () => (await api.get('/readyz')).status === 200);
    const { json } = await api.submit({ function: 'echo' }, { query: '?wait=20' });
    expect(json.state).toBe('succeeded');
    await gate.close();
  });

  it('does not deny a submit that it has taken already', async () => {
    await gate.open();
    await until('it is ready', async () => (await api.get('/readyz')).status === 200);
    const before = await stack.executions();
    const answer = api.submit({ function: 'slow', payload: { seconds: 2 } }, { query: '?wait=1' });
    await until('it is taken', async () => (await stack.executions()) > before);
    await gate.close();
    const { status, json } = await answer;
    expect({ status, code: json.code }).toEqual({ status: 503, code: 'unavailable' });
    expect(json.detail).not.toMatch(/nothing was changed/i);
    expect(json.detail).toContain('idempotency key');
  });
});

describe('a bridge whose Lambda is away', () => {
  it('is not ready, and says why', async () => {
    await stack.lambda.stop();
    // A replica of its own: the first one remembers for some seconds that Lambda answered.
    const api = apiOf((await stack.startReplica()).url);
    expect((await api.get('/healthz')).status).toBe(200);
    expect(await api.get('/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, obstacles: [expect.stringContaining('AWS Lambda cannot be reached: ')] },
    });
  });
});
