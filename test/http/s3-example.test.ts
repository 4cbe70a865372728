/** The example function that reads its payload from S3, with keys as people choose them. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, apiOf } from '../helpers/api.ts';
import { BUCKET, type Stack, startStack } from '../helpers/stack.ts';

let stack: Stack;
let api: Api;

beforeAll(async () => {
  stack = await startStack({
    functionsDir: fileURLToPath(new URL('../../examples/functions', import.meta.url)),
  });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

it.each([
  'plain.json',
  'what?.json',
  'part#1.json',
  'a b/c d.json',
  'one+two.json',
  'größe/übung.json',
  '100%.json',
  'a%20b.json',
  "it's (1) & [2] = {3};.json",
  '/leading//slashes.json',
  'trailing space ',
])('it reads the key %j', async (key) => {
  const uri = `s3://${BUCKET}/${key}`;
  const put = await api.put(`/v1/objects?uri=${encodeURIComponent(uri)}&replace=true`, {
    body: JSON.stringify({ key }),
  });
  expect(put).toMatchObject({ status: 201, json: { uri } });
  const { json } = await api.submit(
    { function: 'my_lambda_function_with_s3_payload', payload_ref: put.json },
    { query: '?wait=30' },
  );
  expect(json).toMatchObject({ state: 'succeeded', result: { keys: ['key'] } });
});
