import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callbackResponseSchema } from '../../src/contract/callback.ts';
import { payloadValidator } from '../../src/contract/validate.ts';
import { callbackToken } from '../../src/domain/callback-token.ts';
import { type Answer, type Api, apiOf } from '../helpers/api.ts';
import { withFunctionHelper } from '../helpers/function-helper.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

const SECRET = 'a secret of thirty-two characters';
const TOKEN = 'the token of the bridge';
const HOUR_MS = 3_600_000;
const answerFaults = payloadValidator(callbackResponseSchema);

let folder: Awaited<ReturnType<typeof withFunctionHelper>>;
let stack: Stack;
let api: Api;

beforeAll(async () => {
  folder = await withFunctionHelper(fileURLToPath(new URL('./functions', import.meta.url)));
  const port = await freePort();
  stack = await startStack({
    s3: false,
    functionsDir: folder.functionsDir,
    config: {
      port,
      stagingUri: undefined,
      publicUrl: `http://127.0.0.1:${port}`,
      callbackSecret: SECRET,
      tokens: [{ name: 'test', token: TOKEN }],
      limits: { bodyBytes: 20_000 },
    },
  });
  api = apiOf(stack.url);
});
afterAll(async () => {
  await stack.stop();
  await folder.remove();
});

const authorized = { headers: { Authorization: `Bearer ${TOKEN}` } };

/** `silent` never reports, so that its attempt stays open until the test reports for it. */
async function submitted(name = 'silent', payload: object = {}): Promise<string> {
  const request = {
    function: name,
    payload,
    invocation_type: 'Event',
    completion: ['callback'],
    envelope: true,
    timeout_seconds: 600,
  };
  const { status, json, text } = await api.submit(request, authorized);
  if (status !== 201) throw new Error(text);
  await until('Lambda has the event', async () =>
    ['accepted', 'ended'].includes((await read(json.id)).attempts[0]?.phase),
  );
  return json.id;
}

const read = async (id: string) => (await api.get(`/v1/executions/${id}`, authorized)).json;

const tokenOf = (id: string, number = 1, ms = HOUR_MS) =>
  callbackToken(SECRET, { id, number }, new Date(Date.now() + ms));

function report(
  id: string,
  body: object | string | Buffer,
  token = tokenOf(id),
  number = 1,
): Promise<Answer> {
  return api.post(`/v1/callbacks/${id}/${number}`, {
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

describe('a callback', () => {
  it('ends its execution with the result as it was written', async () => {
    const id = await submitted();
    const { status, json } = await report(
      id,
      '{"type":"succeeded","result": {"n": 1.0, "big": 12345678901234567890}}',
    );
    expect([status, json]).toEqual([200, { accepted: true, cancel: false }]);
    expect(answerFaults(json)).toEqual([]);
    expect(await read(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' });
    const { text } = await api.get(`/v1/executions/${id}/result`, authorized);
    expect(text).toBe('{"n": 1.0, "big": 12345678901234567890}');
  });

  it('ends its execution with the error', async () => {
    const id = await submitted();
    const error = { type: 'ValueError', message: 'no \u0000', stack_trace: ['a', 'b'] };
    expect((await report(id, { type: 'failed', error })).json).toEqual({ accepted: true, cancel: false });
    expect((await read(id)).error).toEqual({ kind: 'function_error', ...error, retryable: true });
  });

  it('changes nothing when it comes again, nor when another comes after it', async () => {
    const id = await submitted();
    await report(id, { type: 'succeeded', result: 1 });
    const before = await read(id);
    for (const body of [
      { type: 'succeeded', result: 1 },
      { type: 'failed', error: { message: 'late' } },
    ]) {
      const { status, json } = await report(id, body);
      expect([status, json]).toEqual([200, { accepted: true, cancel: false }]);
    }
    expect(await read(id)).toEqual(before);
  });

  it('shows signs of life and progress, which the last one that has any tells', async () => {
    const id = await submitted();
    expect((await report(id, { type: 'heartbeat', progress: { done: 3 } })).json.accepted).toBe(true);
    const [first] = (await read(id)).attempts;
    await report(id, { type: 'heartbeat' });
    const { state, attempts } = await read(id);
    expect(state).toBe('running');
    expect(attempts[0].progress).toEqual({ done: 3 });
    expect(Date.parse(attempts[0].heartbeat_at)).toBeGreaterThan(Date.parse(first.heartbeat_at));
  });

  it('takes no sign of life of an attempt that has ended', async () => {
    const id = await submitted();
    await report(id, { type: 'succeeded', result: 1 });
    expect((await report(id, { type: 'heartbeat' })).json).toEqual({ accepted: false, cancel: false });
  });

  it('is told of a cancel, and its outcome is kept, not delivered', async () => {
    const id = await submitted();
    await api.post(`/v1/executions/${id}/cancel`, authorized);
    expect((await report(id, { type: 'heartbeat' })).json).toEqual({ accepted: true, cancel: true });
    expect((await report(id, { type: 'succeeded', result: 1 })).json).toEqual({
      accepted: true,
      cancel: true,
    });
    expect(await read(id)).toMatchObject({
      state: 'cancelled',
      attempts: [{ channel: 'callback', outcome: 'succeeded', late: true }],
    });
  });

  it('is told of a cancel also where S3 does not take the wish', async () => {
    const id = await submitted();
    // Nothing listens where its S3 should be.
    const other = apiOf((await stack.startReplica({ port: 0, stagingUri: 's3://staging/bridge' })).url);
    const { status, json } = await other.post(`/v1/executions/${id}/cancel`, authorized);
    expect([status, json.state, json.cancellation.effect]).toEqual([200, 'cancelled', 'recorded']);
    expect((await report(id, { type: 'heartbeat' })).json.cancel).toBe(true);
  });

  it('comes from a real function with the helper', async () => {
    const id = await submitted('reports', { add: [1, 2] });
    const { json } = await api.get(`/v1/executions/${id}?wait=20`, authorized);
    expect(json).toMatchObject({
      state: 'succeeded',
      settled_by: 'callback',
      result: { sum: 3 },
      attempts: [{ progress: { done: 1 } }],
    });
  });

  it('leaves the execution its log, also where it comes before the answer of Lambda', async () => {
    const request = {
      function: 'reports',
      payload: { add: [1, 2] },
      completion: ['callback', 'response'],
      envelope: true,
    };
    const { json } = await api.submit(request, { ...authorized, query: '?wait=20' });
    expect(json).toMatchObject({ state: 'succeeded', settled_by: 'callback' });
    const log = await until('the log is complete', async () => {
      const answer = await api.get(`/v1/executions/${json.id}/logs`, authorized);
      return answer.json.complete && answer.json;
    });
    const { request_id } = await read(json.id);
    expect(log.events.at(-1)?.message).toContain(`REPORT RequestId: ${request_id}`);
  });
});

describe('a callback is refused, and nothing changes,', () => {
  let id: string;
  let before: object;
  beforeAll(async () => {
    id = await submitted();
    before = await read(id);
  });

  it.each<[string, () => Promise<Answer>]>([
    ['without a token', () => api.post(`/v1/callbacks/${id}/1`, { body: '{}' })],
    ['with the token of the bridge', () => report(id, { type: 'heartbeat' }, TOKEN)],
    ['with the token of another attempt', () => report(id, { type: 'heartbeat' }, tokenOf(id, 2))],
    ['with the token of another execution', () => report(id, { type: 'heartbeat' }, tokenOf(randomUUID()))],
  ])('%s', async (_how, call) => {
    const { status, headers, json } = await call();
    expect([status, json.code, headers.get('WWW-Authenticate')]).toEqual([401, 'unauthorized', 'Bearer']);
    expect(await read(id)).toEqual(before);
  });

  it('with a token that has expired', async () => {
    const { status, json } = await report(id, { type: 'succeeded', result: 1 }, tokenOf(id, 1, -1_000));
    expect([status, json.code]).toEqual([401, 'token_expired']);
    expect(await read(id)).toEqual(before);
  });

  it('before its body is read when the token is wrong', async () => {
    const { status } = await report(id, Buffer.alloc(100_000, ' '), 'wrong');
    expect(status).toBe(401);
  });

  it.each<[string, object | string | Buffer, number, string]>([
    ['no JSON', '{"type":', 400, 'malformed_json'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'malformed_json'],
    ['an unknown kind', { type: 'done' }, 422, '/type'],
    ['no kind', {}, 422, '/type'],
    ['a success without a result', { type: 'succeeded' }, 422, '/result'],
    ['a failure without an error', { type: 'failed' }, 422, '/error'],
    ['a member of another kind', { type: 'heartbeat', result: 1 }, 422, '/result'],
    ['an error whose message is no text', { type: 'failed', error: { message: 1 } }, 422, '/error/message'],
    ['a progress that is no progress', { type: 'heartbeat', progress: 'x'.repeat(16_383) }, 422, '/progress'],
    ['more than the limit', { type: 'succeeded', result: 'x'.repeat(20_001) }, 413, 'body_too_large'],
  ])('with %s', async (_what, body, expected, said) => {
    const { status, json } = await report(id, body);
    expect(status).toBe(expected);
    expect([json.code, ...(json.faults ?? []).map((fault: { pointer: string }) => fault.pointer)]).toContain(
      said,
    );
    expect(await read(id)).toEqual(before);
  });

  it('for an attempt that does not exist', async () => {
    expect((await report(id, { type: 'heartbeat' }, tokenOf(id, 2), 2)).status).toBe(404);
    const other = randomUUID();
    expect((await report(other, { type: 'heartbeat' }, tokenOf(other))).status).toBe(404);
  });

  it('for an address that names none', async () => {
    expect((await report('no-id', { type: 'heartbeat' })).status).toBe(400);
    expect((await report(id, { type: 'heartbeat' }, tokenOf(id), 0)).status).toBe(400);
  });
});

it('a replica that is not set up for callbacks says what is missing', async () => {
  const replica = await stack.startReplica({ port: 0, callbackSecret: undefined });
  const request = { function: 'silent', invocation_type: 'Event', completion: ['callback'], envelope: true };
  const { status, json } = await apiOf(replica.url).submit({ ...request, timeout_seconds: 60 }, authorized);
  expect([status, json.detail]).toEqual([422, expect.stringContaining('BRIDGE_CALLBACK_SECRET')]);
  await replica.stop(0);
});

it('a replica that stops refuses new work, and still takes reports', async () => {
  const id = await submitted();
  const held = api.submit({ function: 'held', payload: { seconds: 3 } }, authorized);
  await until('the invocation is held', async () => {
    const { json } = await api.get('/v1/executions?function=held&state=running', authorized);
    return json.executions.some(
      (one: { invocation_type: string }) => one.invocation_type === 'RequestResponse',
    );
  });
  const stopped = stack.bridge.stop();
  const refused = await until('it refuses', async () => {
    const { status } = await api.submit({ function: 'silent' }, authorized);
    return status === 503;
  });
  expect(refused).toBe(true);
  expect((await report(id, { type: 'succeeded', result: 1 })).json).toEqual({
    accepted: true,
    cancel: false,
  });
  expect(await read(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' });
  await Promise.all([stopped, held]);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
