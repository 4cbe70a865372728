import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, apiOf } from '../helpers/api.ts';
import { heldDuring } from '../helpers/held-memory.ts';
import { type Stack, startStack } from '../helpers/stack.ts';

const MB = 1024 * 1024;
/** Not a whole number of anything. */
const BYTES = 128 * MB + 7;

let stack: Stack;
let api: Api;

beforeAll(async () => {
  stack = await startStack({
    functionsDir: fileURLToPath(new URL('./functions', import.meta.url)),
    config: { limits: { pollSeconds: 0.1 } },
  });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

async function readResult(id: string) {
  const { headers, body } = await fetch(`${stack.url}/v1/executions/${id}/result`);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of body ?? []) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { length: headers.get('content-length'), size, sha256: hash.digest('hex') };
}

it('a result that the function uploaded is delivered whole, and never held', async () => {
  const { json } = await api.submit(
    {
      function: 'uploads',
      invocation_type: 'Event',
      completion: ['s3'],
      envelope: true,
      timeout_seconds: 60,
      payload: { bytes: BYTES },
    },
    { query: '?wait=30' },
  );
  expect(json).toMatchObject({ state: 'succeeded', settled_by: 's3', result_ref: { size: BYTES } });
  const { sha256 } = json.result_ref;
  const read = await heldDuring(() => readResult(json.id));
  expect(read.value).toEqual({ length: String(BYTES), size: BYTES, sha256 });
  expect(read.looks).toBeGreaterThan(1);
  expect(read.most).toBeLessThan(BYTES / 4);
});
