/** End to end: the bridge runs a function with the helper; payload and result are in S3. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf } from '../helpers/api.ts';
import { withFunctionHelper } from '../helpers/function-helper.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

const FUNCTIONS = fileURLToPath(new URL('./functions', import.meta.url));

let folder: Awaited<ReturnType<typeof withFunctionHelper>>;
let stack: Stack;
let api: Api;

beforeAll(async () => {
  folder = await withFunctionHelper(FUNCTIONS);
  const limits = { inlineEventBytes: 1_000, pollSeconds: 0.1 };
  stack = await startStack({ functionsDir: folder.functionsDir, config: { limits } });
  api = apiOf(stack.url);
});
afterAll(async () => {
  await stack.stop();
  await folder.remove();
});

async function run(name: string, payload: object) {
  const request = { invocation_type: 'Event', completion: ['s3'], envelope: true, timeout_seconds: 60 };
  const { json, text } = await api.submit({ function: name, payload, ...request });
  if (!json?.id) throw new Error(text);
  return json.id as string;
}

const ended = async (id: string) => (await api.get(`/v1/executions/${id}?wait=30`)).json;

describe.each(['python', 'node'])('a function with the helper for %s', (name) => {
  it('receives a large payload and returns its result', async () => {
    const payload = { text: 'é'.repeat(2_000) };
    const execution = await ended(await run(name, payload));
    expect(execution).toMatchObject({ state: 'succeeded', settled_by: 's3' });
    expect(execution.payload_ref.uri).toContain('/payloads/');
    expect(execution.result).toEqual({ payload, execution: execution.id, attempt: 1 });
  });

  it('returns a large result, byte for byte', async () => {
    const execution = await ended(await run(name, { do: 'big', size: 200_000 }));
    expect(execution).toMatchObject({ state: 'succeeded', settled_by: 's3', result_ref: { size: 400_002 } });
    const { text } = await api.get(`/v1/executions/${execution.id}/result`);
    expect(text).toBe(JSON.stringify('é'.repeat(200_000)));
  });

  it('sends the error when it fails', async () => {
    expect(await ended(await run(name, { do: 'fail', message: 'database is down' }))).toMatchObject({
      state: 'failed',
      settled_by: 's3',
      error: { kind: 'function_error', type: 'ValueError', message: 'database is down' },
    });
  });

  it('recognises that its execution was cancelled', async () => {
    const id = await run(name, { do: 'wait_for_cancel', wait: true });
    await until(
      'Lambda has accepted it',
      async () => (await api.get(`/v1/executions/${id}`)).json.attempts[0]?.phase === 'accepted',
    );
    await api.post(`/v1/executions/${id}/cancel`);
    const attempt = await until('its outcome has arrived anyway', async () => {
      const { attempts } = (await api.get(`/v1/executions/${id}`)).json;
      return attempts[0].late && attempts[0];
    });
    expect(attempt).toMatchObject({ outcome: 'succeeded', channel: 's3' });
  });
});
