import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/domain/id.ts';
import { type Answer, type Api, apiOf } from '../helpers/api.ts';
import { BUCKET, type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

let stack: Stack;
let api: Api;

beforeAll(async () => {
  stack = await startStack({ config: { limits: { pollSeconds: 0.1 } } });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

async function ended(body: object): Promise<Answer['json']> {
  const { json } = await api.submit(body, { query: '?wait=30' });
  expect(['succeeded', 'failed']).toContain(json.state);
  return json;
}

describe('a read that waits', () => {
  it('answers as soon as the execution ends, on every replica', async () => {
    const replica = await stack.startReplica();
    const { json } = await api.submit({ function: 'slow', payload: { seconds: 0.7 } });
    const began = performance.now();
    const path = `/v1/executions/${json.id}?wait=30`;
    const answers = await Promise.all([api.get(path), apiOf(replica.url).get(path)]);
    expect(answers.map((answer) => answer.json.state)).toEqual(['succeeded', 'succeeded']);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('answers at once for what has ended', async () => {
    const { id } = await ended({ function: 'echo' });
    const began = performance.now();
    expect((await api.get(`/v1/executions/${id}?wait=30`)).json.state).toBe('succeeded');
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('answers after its time how it stands', async () => {
    const { json } = await api.submit({ function: 'slow', payload: { seconds: 1 } });
    const began = performance.now();
    const answer = await api.get(`/v1/executions/${json.id}?wait=0.3`);
    expect(answer.status).toBe(200);
    expect(['queued', 'running']).toContain(answer.json.state);
    expect(performance.now() - began).toBeGreaterThan(290);
  });

  it('does not wait for what does not exist', async () => {
    const began = performance.now();
    expect((await api.get(`/v1/executions/${newId()}?wait=30`)).status).toBe(404);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('a result', () => {
  it('is given byte for byte', async () => {
    const { id } = await ended({ function: 'echo', payload: { a: [1, 'é'] } });
    const { status, headers, text } = await api.get(`/v1/executions/${id}/result`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(text).toBe('{"a": [1, "é"]}');
  });

  it('above the limit lies in S3, and is streamed from there', async () => {
    const { id, ...execution } = await ended({ function: 'big', payload: { bytes: 300_000 } });
    expect(execution).not.toHaveProperty('result');
    expect(execution.result_ref).toMatchObject({ size: 300_002, content_type: 'application/json' });
    const { headers, text } = await api.get(`/v1/executions/${id}/result`);
    expect(headers.get('content-length')).toBe('300002');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(text).toBe(`"${'x'.repeat(300_000)}"`);
  });

  it('that was deleted from S3 is missed in words', async () => {
    const { id, result_ref } = await ended({ function: 'big', payload: { bytes: 300_000 } });
    const Key = result_ref.uri.replace(`s3://${BUCKET}/`, '');
    await stack.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    const answer = await api.get(`/v1/executions/${id}/result`);
    expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(answer.json.detail).toContain(result_ref.uri);
  });

  it.each([
    ['failed', { function: 'fail' }, /it is failed/],
    ['ended without one', { function: 'echo', invocation_type: 'Event' }, /'logs', which carries no result/],
  ])('is not there of an execution that %s', async (_what, body, why) => {
    const { id } = await ended(body);
    const answer = await api.get(`/v1/executions/${id}/result`);
    expect(answer).toMatchObject({ status: 404, json: { code: 'no_result' } });
    expect(answer.json.detail).toMatch(why);
  });

  it('is not there before the end', async () => {
    const { json } = await api.submit({ function: 'slow', payload: { seconds: 1 } });
    const answer = await api.get(`/v1/executions/${json.id}/result`);
    expect(answer).toMatchObject({ status: 404, json: { code: 'no_result' } });
  });
});

describe('logs', () => {
  const messages = (answer: Answer): string[] =>
    answer.json.events.map(({ message }: { message: string }) => message.trimEnd());

  it('are the lines of exactly this execution', async () => {
    const first = await ended({ function: 'slow', payload: { seconds: 0.01 } });
    const second = await ended({ function: 'slow', payload: { seconds: 0.02 } });
    const answer = await api.get(`/v1/executions/${second.id}/logs`);
    expect(answer.json).toMatchObject({ complete: true, source: 'cloudwatch' });
    const lines = messages(answer);
    expect(lines).toContain('slow: sleeping 0.02 s');
    expect(lines.filter((line) => line.includes('sleeping'))).toHaveLength(1);
    expect(lines.some((line) => line.includes(first.request_id))).toBe(false);
    expect(lines.at(-1)).toContain(`REPORT RequestId: ${second.request_id}`);
  });

  it('go on after the cursor, and there is nothing after the last line', async () => {
    const { id } = await ended({ function: 'fail' });
    const whole = await api.get(`/v1/executions/${id}/logs`);
    expect(messages(whole)).toContain('fail: about to raise');
    const rest = await api.get(`/v1/executions/${id}/logs?after=${whole.json.next_after}`);
    expect(rest.json).toMatchObject({ events: [], complete: true, next_after: whole.json.next_after });
  });

  it('can be followed while an Event runs, each line once', async () => {
    const body = { function: 'slow', invocation_type: 'Event', payload: { seconds: 0.8 } };
    const { json } = await api.submit(body);
    const path = `/v1/executions/${json.id}/logs`;
    const early = await until('the first line is there', async () => {
      const answer = await api.get(path);
      return messages(answer).some((line) => line.includes('sleeping')) && answer;
    });
    expect(early.json.complete).toBe(false);
    const seen = messages(early);
    let after = early.json.next_after as string;
    await until('the log is complete', async () => {
      const answer = await api.get(`${path}?after=${encodeURIComponent(after)}`);
      seen.push(...messages(answer));
      after = answer.json.next_after;
      return answer.json.complete;
    });
    expect(seen.filter((line) => line.includes('sleeping'))).toHaveLength(1);
    expect(seen.filter((line) => line.startsWith('REPORT'))).toHaveLength(1);
    expect(seen).toEqual(messages(await api.get(path)));
  });

  it('are empty before the request id is known', async () => {
    const { json } = await api.submit({ function: 'slow', payload: { seconds: 1 } });
    const answer = await api.get(`/v1/executions/${json.id}/logs`);
    expect(answer.json).toMatchObject({ events: [], complete: false, truncated: false, source: 'none' });
  });
});
