import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf } from '../helpers/api.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

let stack: Stack;
let api: Api;

beforeAll(async () => {
  stack = await startStack({ s3: false });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

describe('a call that does not exist', () => {
  it.each(['/', '/v1', '/v1/execution', '/v1/executions/a/b', '/V2/executions'])(
    'is 404 at %s',
    async (path) => {
      const answer = await api.get(path);
      expect(answer).toMatchObject({ status: 404, json: { code: 'not_found', title: 'Not found' } });
      expect(answer.json.detail).toContain('/openapi.json');
    },
  );

  it.each([
    ['PUT', '/v1/executions', 'POST, GET'],
    ['DELETE', '/v1/executions/0', 'GET'],
    ['GET', '/v1/payloads', 'POST'],
    ['POST', '/v1/objects', 'PUT'],
    ['POST', '/healthz', 'GET'],
  ])('is 405 as %s %s, and says what is there', async (method, path, allowed) => {
    const answer = await api.post(path, { method });
    expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe(allowed);
    expect(answer.json.detail).toContain(allowed);
  });
});

describe('every answer', () => {
  it('tells nothing of the software behind it', async () => {
    const { headers } = await api.get('/healthz');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });
});

describe('a body', () => {
  it('may come compressed', async () => {
    const body = gzipSync(JSON.stringify({ function: 'echo', payload: { a: 1 } }));
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
    const { json } = await api.post('/v1/executions?wait=20', { headers, body });
    expect(json.result).toEqual({ a: 1 });
  });

  it('may come with a charset', async () => {
    const headers = { 'Content-Type': 'application/json; charset=utf-8' };
    expect((await api.submit({ function: 'echo' }, { headers })).status).toBe(201);
  });
});

describe('a bridge that stops', () => {
  it('finishes what it holds, answers reads, and takes no new work', async () => {
    const replica = await stack.startReplica();
    const own = apiOf(replica.url);
    const { json } = await own.submit({ function: 'slow', payload: { seconds: 1.5 } });
    const path = `/v1/executions/${json.id}`;
    await until('it runs', async () => (await own.get(path)).json.state === 'running');
    const before = await stack.executions();
    const stopped = replica.stop(20);
    for (const refused of [await own.submit({ function: 'echo' }), await own.post(`${path}/cancel`)]) {
      expect(refused).toMatchObject({ status: 503, json: { code: 'shutting_down' } });
      expect(refused.headers.get('retry-after')).toBe('1');
    }
    expect((await own.get('/readyz')).json).toEqual({ ready: false, obstacles: ['It is stopping.'] });
    expect((await own.get(path)).json.state).toBe('running');
    await stopped;
    expect(await stack.executions()).toBe(before);
    expect((await api.get(path)).json).toMatchObject({ state: 'succeeded', result: { slept: 1.5 } });
    await expect(fetch(`${replica.url}/healthz`)).rejects.toThrow();
  });
});
