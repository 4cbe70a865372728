import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf } from '../helpers/api.ts';
import { BUCKET, type Stack, startStack } from '../helpers/stack.ts';

const INLINE = 2_000;
let stack: Stack;
let api: Api;

beforeAll(async () => {
  const limits = { inlinePayloadBytes: INLINE, inlineEventBytes: INLINE / 2, pollSeconds: 0.1 };
  stack = await startStack({ config: { limits } });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const runsOf = (fn: string) => stack.invocations.filter(({ functionName }) => functionName === fn).length;

describe('a submit', () => {
  it('answers 201 with the new execution and where to find it', async () => {
    const { status, headers, json } = await api.submit({
      function: 'echo',
      payload: {},
      labels: { team: 'a' },
      airflow: { dag_id: 'd', run_id: 'r', task_id: 't', try_number: 1 },
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/executions/${json.id}`);
    expect(json).toMatchObject({
      function: 'echo',
      labels: { team: 'a' },
      airflow: { dag_id: 'd', run_id: 'r', task_id: 't', map_index: -1, try_number: 1 },
    });
    expect((await api.get(`/v1/executions/${json.id}`)).json.id).toBe(json.id);
  });

  it('answers early with the result when it ends in the time to wait', async () => {
    const began = performance.now();
    const { json } = await api.submit({ function: 'echo', payload: { a: 1 } }, { query: '?wait=30' });
    expect(json).toMatchObject({ state: 'succeeded', result: { a: 1 }, attempt: 1, settled_by: 'response' });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('answers after the time to wait with an execution that still runs', async () => {
    const submitted = await api.submit({ function: 'slow', payload: { seconds: 1 } }, { query: '?wait=0.3' });
    expect(submitted.status).toBe(201);
    expect(['queued', 'running']).toContain(submitted.json.state);
    const ended = await api.get(`/v1/executions/${submitted.json.id}?wait=20`);
    expect(ended.json).toMatchObject({ state: 'succeeded', result: { slept: 1 } });
  });

  it('tells how the function failed', async () => {
    const { status, json } = await api.submit({ function: 'fail' }, { query: '?wait=20' });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      state: 'failed',
      error: { kind: 'function_error', type: 'ValueError', message: 'boom' },
      log_tail: expect.stringContaining('fail: about to raise'),
    });
  });

  it.each(['echo', 'node_echo'])('runs %s with the empty object when there is no payload', async (fn) => {
    const { json } = await api.submit({ function: fn }, { query: '?wait=20' });
    expect(json.result).toEqual({});
  });

  it('hands over the payload as it was written, and the result as the function wrote it', async () => {
    const body =
      '{"function": "echo", "payload": {"one": 1.0, "big": 12345678901234567890, "é": "\\u00e9😀"}}';
    const { text } = await api.submit(body, { query: '?wait=20' });
    // Python keeps 1.0 and large integers; JavaScript would have rounded both.
    expect(text).toContain('"result":{"one": 1.0, "big": 12345678901234567890, ');
  });

  it('follows an Event to its end, which carries no result', async () => {
    const body = { function: 'echo', invocation_type: 'Event', payload: { a: 1 } };
    const { json } = await api.submit(body, { query: '?wait=20' });
    expect(json).toMatchObject({ state: 'succeeded', completion: ['logs'], settled_by: 'logs' });
    expect(json).not.toHaveProperty('result');
  });

  it('takes an accepted DryRun for a success, without running the function', async () => {
    const before = runsOf('node_echo');
    const body = { function: 'node_echo', invocation_type: 'DryRun' };
    const { json } = await api.submit(body, { query: '?wait=20' });
    expect(json).toMatchObject({ state: 'succeeded', settled_by: 'none' });
    expect(runsOf('node_echo')).toBe(before);
  });
});

describe('an idempotency key', () => {
  it.each<[place: string, members: object, headers: Record<string, string>]>([
    ['the body', { idempotency_key: 'in the body' }, {}],
    ['the header', {}, { 'Idempotency-Key': 'in the header' }],
  ])('in %s gives the same execution again, and the function runs once', async (place, members, headers) => {
    const before = runsOf('node_echo');
    const body = { function: 'node_echo', payload: { place }, ...members };
    const first = await api.submit(body, { query: '?wait=20', headers });
    const second = await api.submit({ ...body, labels: { other: 'label' } }, { query: '?wait=20', headers });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.json).toEqual(first.json);
    expect(second.headers.get('location')).toBe(`/v1/executions/${first.json.id}`);
    expect(runsOf('node_echo')).toBe(before + 1);
  });

  it('means the same in body and header', async () => {
    const first = await api.submit({ function: 'echo', idempotency_key: 'both' });
    const second = await api.submit({ function: 'echo' }, { headers: { 'Idempotency-Key': 'both' } });
    expect(second.json.id).toBe(first.json.id);
  });

  it('makes one execution of submits that come at once', async () => {
    const before = await stack.executions();
    const body = { function: 'echo', payload: { n: 1 }, idempotency_key: 'at once' };
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.submit(body)));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(11).fill(200), 201]);
    expect(await stack.executions()).toBe(before + 1);
  });

  it.each([
    ['function', { function: 'node_echo' }],
    ['payload', { payload: { n: 2 } }],
    ['qualifier', { qualifier: '$LATEST' }],
    ['invocation type', { invocation_type: 'Event' }],
    ['client context', { client_context: 'e30=' }],
  ])('cannot be used for another %s', async (what, change) => {
    const body = { function: 'echo', payload: { n: 1 }, idempotency_key: `another ${what}` };
    const { json } = await api.submit(body);
    const other = await api.submit({ ...body, ...change });
    expect(other).toMatchObject({ status: 409, json: { code: 'idempotency_mismatch' } });
    expect(other.json.detail).toContain(json.id);
  });

  it('starts a fresh execution after a failed one where that is asked for, and only then', async () => {
    const body = { function: 'fail', idempotency_key: 'rerun' };
    const first = await api.submit(body, { query: '?wait=20' });
    const plain = await api.submit(body, { query: '?wait=20' });
    expect(plain).toMatchObject({ status: 200, json: { id: first.json.id, state: 'failed' } });
    const rerun = await api.submit({ ...body, rerun_failed: true }, { query: '?wait=20' });
    expect(rerun).toMatchObject({ status: 201, json: { state: 'failed', previous_id: first.json.id } });
    const current = await api.submit(body);
    expect(current.json.id).toBe(rerun.json.id);
  });

  describe('with a fresh execution asked for after a failed one', () => {
    const airflow = { dag_id: 'd', run_id: 'r', task_id: 't', try_number: 2 };

    it('starts nothing again when the same try of a task repeats its submit', async () => {
      const body = { function: 'fail', idempotency_key: 'same try', rerun_failed: true, airflow };
      const first = await api.submit(body, { query: '?wait=20' });
      const repeats = await Promise.all(Array.from({ length: 4 }, () => api.submit(body)));
      const late = await api.submit({ ...body, airflow: { ...airflow, try_number: 1 } });
      for (const { status, json } of [...repeats, late])
        expect({ status, json }).toMatchObject({ status: 200, json: { id: first.json.id, state: 'failed' } });
    });

    it.each<[what: string, first: object | undefined, second: object | undefined]>([
      ['the next try of the task', airflow, { ...airflow, try_number: 3 }],
      ['another task', airflow, { ...airflow, task_id: 'other' }],
      ['another index of a mapped task', airflow, { ...airflow, map_index: 4 }],
      ['a caller that names no try', airflow, { ...airflow, try_number: undefined }],
      ['the first one that names a task', undefined, airflow],
    ])('runs the function once more for %s', async (what, before, after) => {
      const body = { function: 'fail', idempotency_key: `rerun for ${what}`, rerun_failed: true };
      const first = await api.submit({ ...body, airflow: before }, { query: '?wait=20' });
      const rerun = await api.submit({ ...body, airflow: after }, { query: '?wait=20' });
      expect(rerun).toMatchObject({ status: 201, json: { previous_id: first.json.id, state: 'failed' } });
    });
  });

  it('keeps a success, whatever is asked for', async () => {
    const body = { function: 'echo', idempotency_key: 'done', rerun_failed: true };
    const first = await api.submit(body, { query: '?wait=20' });
    const second = await api.submit(body);
    expect(second).toMatchObject({ status: 200, json: { id: first.json.id, state: 'succeeded' } });
  });
});

describe('a large payload', () => {
  const payload = `{"text": "${'é'.repeat(INLINE)}", "one": 1.0}`;

  it.each(['RequestResponse', 'Event'])(
    'of a %s is staged, and the function gets the pointer',
    async (type) => {
      const body = `{"function": "pointer", "payload": ${payload}, "invocation_type": "${type}"}`;
      const { json } = await api.submit(body, { query: '?wait=30' });
      expect(json).toMatchObject({
        state: 'succeeded',
        payload_ref: {
          uri: `s3://${BUCKET}/bridge/payloads/${sha256(payload)}`,
          size: Buffer.byteLength(payload),
          sha256: sha256(payload),
          content_type: 'application/json',
        },
      });
      if (type === 'Event') return;
      expect(json.result).toMatchObject({ size: Buffer.byteLength(payload), sha256: sha256(payload) });
      const { s3_key, s3_url, ...rest } = json.result.event;
      expect({ uri: s3_key, ...rest }).toEqual(json.payload_ref);
      expect(await (await fetch(s3_url)).text()).toBe(payload);
    },
  );

  it('may be longer for a RequestResponse than for an Event', async () => {
    const between = { text: 'x'.repeat(INLINE * 0.75) };
    const held = await api.submit({ function: 'echo', payload: between }, { query: '?wait=20' });
    expect(held.json.result).toEqual(between);
    const event = await api.submit({ function: 'echo', payload: between, invocation_type: 'Event' });
    expect(event.json.payload_ref.size).toBe(JSON.stringify(between).length);
  });

  it('in S3 already is named by its address, and measured', async () => {
    const put = await api.put(`/v1/objects?uri=s3://${BUCKET}/mine/data.csv`, {
      headers: { 'Content-Type': 'text/csv' },
      body: 'a;b\n1;2\n',
    });
    expect(put.status).toBe(201);
    const body = { function: 'pointer', payload_ref: { uri: `s3://${BUCKET}/mine/data.csv` } };
    const { json } = await api.submit(body, { query: '?wait=30' });
    expect(json.payload_ref).toEqual({ uri: body.payload_ref.uri, size: 8, content_type: 'text/csv' });
    expect(json.result).toMatchObject({ size: 8, sha256: sha256('a;b\n1;2\n') });
  });
});
