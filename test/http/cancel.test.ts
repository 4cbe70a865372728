import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/domain/id.ts';
import { type Api, apiOf } from '../helpers/api.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

let stack: Stack;
let api: Api;

beforeAll(async () => {
  const policies = [{ name: '*', allow: true, maxConcurrency: 1 }];
  stack = await startStack({ s3: false, config: { policies } });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

const cancel = (id: string) => api.post(`/v1/executions/${id}/cancel`);

async function running(body: object): Promise<string> {
  const { json } = await api.submit(body);
  await until('it runs', async () => (await api.get(`/v1/executions/${json.id}`)).json.state === 'running');
  return json.id;
}

it('keeps a queued execution from ever running', async () => {
  const first = await running({ function: 'slow', payload: { seconds: 1.5 } });
  const second = await api.submit({ function: 'slow', payload: { seconds: 0 } });
  const answer = await cancel(second.json.id);
  expect(answer).toMatchObject({
    status: 200,
    json: {
      state: 'cancelled',
      settled_by: 'cancel',
      error: { kind: 'cancelled' },
      attempts: [],
      cancellation: { effect: 'not_started' },
    },
  });
  // With one at a time, the third can only run when the second no longer stands before it.
  const third = await api.submit({ function: 'slow', payload: { seconds: 0 } }, { query: '?wait=20' });
  const { request_id } = (await api.get(`/v1/executions/${first}`)).json;
  const runs = stack.invocations.filter(({ functionName }) => functionName === 'slow');
  expect(runs.map(({ requestId }) => requestId)).toEqual([request_id, third.json.request_id]);
});

it('ends a running execution at once, and keeps what the function answers later without delivering it', async () => {
  const id = await running({ function: 'slow', payload: { seconds: 1 } });
  const waiting = api.get(`/v1/executions/${id}?wait=20`);
  const answer = await cancel(id);
  expect(answer.json).toMatchObject({
    state: 'cancelled',
    cancel_requested_at: expect.any(String),
    cancellation: { effect: 'recorded' },
    attempts: [{ phase: 'invoking', late: false }],
  });
  expect((await waiting).json).toMatchObject({ state: 'cancelled', attempts: [{ phase: 'invoking' }] });
  const late = await until('the late answer is kept', async () => {
    const { json } = await api.get(`/v1/executions/${id}`);
    return json.attempts[0].phase === 'ended' && json;
  });
  expect(late).toMatchObject({
    state: 'cancelled',
    finished_at: answer.json.finished_at,
    attempts: [{ outcome: 'succeeded', late: true, channel: 'response' }],
  });
  expect(late).not.toHaveProperty('result');
  expect((await api.get(`/v1/executions/${id}/result`)).json.code).toBe('no_result');
});

it('changes nothing about what has ended, and says so', async () => {
  const before = await api.submit({ function: 'echo' }, { query: '?wait=20' });
  const { cancellation, ...after } = (await cancel(before.json.id)).json;
  expect(cancellation).toEqual({ effect: 'already_ended', message: 'It had already ended: succeeded.' });
  expect(after).toEqual(before.json);
});

it('can be asked for twice', async () => {
  const id = await running({ function: 'slow', payload: { seconds: 0.6 } });
  await cancel(id);
  expect((await cancel(id)).json).toMatchObject({
    state: 'cancelled',
    cancellation: { effect: 'already_ended' },
  });
});

it('lets a fresh execution take over the idempotency key', async () => {
  const body = { function: 'slow', payload: { seconds: 0.2 }, idempotency_key: 'cancelled' };
  const id = await running(body);
  await cancel(id);
  const fresh = await api.submit({ ...body, rerun_failed: true }, { query: '?wait=20' });
  expect(fresh).toMatchObject({ status: 201, json: { previous_id: id, state: 'succeeded' } });
});

it('knows no execution that does not exist', async () => {
  expect(await cancel(newId())).toMatchObject({ status: 404, json: { code: 'not_found' } });
});
