import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/domain/id.ts';
import { type Answer, type Api, apiOf } from '../helpers/api.ts';
import { BUCKET, type Stack, startStack } from '../helpers/stack.ts';

const LIMIT = 20_000;
const SCHEMA = { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 1 } } };
let stack: Stack;
let api: Api;

beforeAll(async () => {
  const policies = [
    { name: 'slow', allow: false },
    { name: 'big', allow: true, inputSchema: SCHEMA },
    { name: 'pointer', allow: false },
    { name: 'node_*', allow: false },
    { name: '[a-z]', allow: true },
    { name: 'echo', allow: true },
    { name: 'missing', allow: true },
  ];
  const limits = { bodyBytes: LIMIT, inlinePayloadBytes: 100, inlineEventBytes: 100 };
  stack = await startStack({ config: { policies, limits } });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

/** What must not change, whatever is refused. */
async function state(): Promise<{ executions: number; objects: string[]; runs: number }> {
  return {
    executions: await stack.executions(),
    objects: await stack.objects(),
    runs: stack.invocations.length,
  };
}

async function refused(send: () => Promise<Answer>): Promise<Answer> {
  const before = await state();
  const answer = await send();
  expect(await state()).toEqual(before);
  return answer;
}

const pointersOf = (answer: Answer) =>
  ((answer.json.faults ?? []) as { pointer: string }[]).map(({ pointer }) => pointer).sort();
const large = (fn: string) => ({ function: fn, payload: 'x'.repeat(200) });
const echo = (members: object) => ({ function: 'echo', ...members });
const UTF16 = Buffer.from('{"function": "echo"}', 'utf16le');
const LATIN1 = Buffer.from('{"function": "echo", "payload": "größe"}', 'latin1');

describe('a submit', () => {
  it.each<[what: string, body: object | string, status: number, code: string, pointers: string[]]>([
    ['malformed JSON', '{"function": "echo"', 400, 'malformed_json', ['']],
    ['an array', '[]', 422, 'invalid_request', ['']],
    ['no function', {}, 422, 'invalid_request', ['/function']],
    ['a wrong type', echo({ timeout_seconds: 'soon' }), 422, 'invalid_request', ['/timeout_seconds']],
    ['an unknown member', echo({ paylod: 1 }), 422, 'invalid_request', ['/paylod']],
    ['several faults', { log_type: 1, x: 1 }, 422, 'invalid_request', ['/function', '/log_type', '/x']],
    ['a bad ARN', { function: 'arn:aws:lambda:x:1:function:echo' }, 422, 'invalid_request', ['/function']],
    ['two qualifiers', { function: 'echo:a', qualifier: 'b' }, 422, 'invalid_request', ['/qualifier']],
    ['a payload alone', Object.assign({}, 'x'.repeat(101)), 422, 'invalid_request', ['']],
    [
      'half a character',
      '{"function":"echo","idempotency_key":"\\ud800"}',
      422,
      'invalid_request',
      ['/idempotency_key'],
    ],
    ['an unknown function', { function: 'missing' }, 404, 'function_not_found', ['/function']],
    ['an unknown alias', echo({ qualifier: 'live' }), 404, 'function_not_found', ['/function']],
    ['a function outside policy', { function: 'fail' }, 403, 'function_not_allowed', ['/function']],
    ['a function that policy forbids', large('slow'), 403, 'function_not_allowed', ['/function']],
    ['a payload outside its schema', { function: 'big' }, 422, 'payload_invalid', ['/payload/size']],
    [
      'a large payload outside its schema',
      { function: 'big', payload: { size: 0.5, text: 'x'.repeat(200) } },
      422,
      'payload_invalid',
      ['/payload/size', '/payload/size'],
    ],
    [
      'both payloads',
      { ...large('echo'), payload_ref: { uri: `s3://${BUCKET}/key` } },
      422,
      'invalid_request',
      ['/payload_ref'],
    ],
    [
      'a foreign bucket',
      echo({ payload_ref: { uri: 's3://foreign/key' } }),
      403,
      'bucket_not_allowed',
      ['/payload_ref/uri'],
    ],
    [
      'a bucket with an impossible name',
      echo({ payload_ref: { uri: 's3://No_Bucket/key' } }),
      422,
      'invalid_request',
      ['/payload_ref/uri'],
    ],
    [
      'a key that is no text',
      `{"function":"echo","payload_ref":{"uri":"s3://${BUCKET}/\\ud800"}}`,
      422,
      'invalid_request',
      ['/payload_ref/uri'],
    ],
    [
      'an object that is not there',
      echo({ payload_ref: { uri: `s3://${BUCKET}/absent` } }),
      422,
      'invalid_request',
      ['/payload_ref/uri'],
    ],
    [
      'an unknown channel',
      { ...large('echo'), completion: ['pigeon'] },
      422,
      'invalid_request',
      ['/completion/0'],
    ],
    [
      'a channel that cannot follow it',
      { ...large('echo'), completion: ['logs'] },
      422,
      'invalid_request',
      ['/completion/0'],
    ],
    [
      'an index beyond the ledger',
      echo({ airflow: { dag_id: 'd', run_id: 'r', task_id: 't', map_index: 3e9 } }),
      422,
      'invalid_request',
      ['/airflow/map_index'],
    ],
    ['a NUL in a key', echo({ idempotency_key: 'a\u0000b' }), 422, 'invalid_request', ['/idempotency_key']],
    ['a NUL in a label', echo({ labels: { 'a\u0000': 'x' } }), 422, 'invalid_request', ['/labels/a\u0000']],
    ['a body too long', large('x'.repeat(LIMIT)), 413, 'body_too_large', []],
  ])('with %s is refused', async (_what, body, status, code, pointers) => {
    const answer = await refused(() => api.submit(body));
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
    expect(pointersOf(answer)).toEqual(pointers);
  });

  it.each<
    [what: string, headers: Record<string, string>, body: string | Buffer, status: number, code: string]
  >([
    ['no content type', { 'Content-Type': '' }, '{"function":"echo"}', 415, 'unsupported_media_type'],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'a=b', 415, 'unsupported_media_type'],
    ['plain text', { 'Content-Type': 'text/plain' }, '{"function":"echo"}', 415, 'unsupported_media_type'],
    ['invalid UTF-8', {}, LATIN1, 400, 'malformed_json'],
    ['UTF-16', {}, UTF16, 400, 'malformed_json'],
    ['a broken compression', { 'Content-Encoding': 'gzip' }, '{"function":"echo"}', 400, 'bad_request'],
    ['an unknown encoding', { 'Content-Encoding': 'rot13' }, '{"function":"echo"}', 415, 'bad_request'],
    ['an empty body', {}, '', 400, 'malformed_json'],
    [
      'two keys',
      { 'Idempotency-Key': 'a' },
      '{"function":"echo","idempotency_key":"b"}',
      422,
      'invalid_request',
    ],
    ['a key beyond ASCII', { 'Idempotency-Key': 'gr\xfcn' }, '{"function":"echo"}', 422, 'invalid_request'],
    ['a long key', { 'Idempotency-Key': 'k'.repeat(256) }, '{"function":"echo"}', 422, 'invalid_request'],
  ])('with %s is refused', async (_what, headers, body, status, code) => {
    const sent = { 'Content-Type': 'application/json', ...headers };
    const answer = await refused(() => api.post('/v1/executions', { headers: sent, body }));
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
  });

  it('with a large payload is refused where nothing can be staged', async () => {
    const bare = apiOf((await stack.startReplica({ stagingUri: undefined })).url);
    const answer = await refused(() => bare.submit(large('echo')));
    expect(answer).toMatchObject({ status: 413, json: { code: 'staging_not_configured' } });
  });

  it('stages nothing for a key that belongs to another request', async () => {
    await api.submit(echo({ idempotency_key: 'taken' }), { query: '?wait=20' });
    const answer = await refused(() => api.submit({ ...large('echo'), idempotency_key: 'taken' }));
    expect(answer).toMatchObject({ status: 409, json: { code: 'idempotency_mismatch' } });
  });

  it('has nothing of its payload told in the refusal', async () => {
    for (const body of [
      echo({ payload: 'S3CRET', x: 1 }),
      { function: 'big', payload: { size: 'S3CRET' } },
      '{"function":"echo","payload":"S3CRET',
    ]) {
      const answer = await refused(() => api.submit(body));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain('S3CRET');
    }
  });
});

describe('an upload', () => {
  it.each<[path: string, call: (init: RequestInit) => Promise<Answer>]>([
    ['POST /v1/payloads', (init) => api.post('/v1/payloads', init)],
    ['PUT /v1/objects', (init) => api.put(`/v1/objects?uri=s3://${BUCKET}/zipped`, init)],
  ])(
    'of compressed bytes, which would be stored as if they were not, is refused: %s',
    async (_path, call) => {
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
      const answer = await refused(() => call({ headers, body: 'x' }));
      expect(answer).toMatchObject({ status: 415, json: { code: 'bad_request' } });
    },
  );
});

describe('a parameter', () => {
  const id = newId();

  it.each<[path: string, code: string, pointer: string]>([
    ['/v1/executions?wait=61', 'invalid_parameter', '/wait'],
    ['/v1/executions?wait=-1', 'invalid_parameter', '/wait'],
    ['/v1/executions?wait=soon', 'invalid_parameter', '/wait'],
    ['/v1/executions?wait=Infinity', 'invalid_parameter', '/wait'],
    ['/v1/executions?wait=1&wait=2', 'invalid_parameter', '/wait'],
    ['/v1/executions?wait[]=1', 'invalid_parameter', '/wait[]'],
    ['/v1/executions?dry=1', 'invalid_parameter', '/dry'],
    ['/v1/payloads?wait=1', 'invalid_parameter', '/wait'],
    [`/v1/executions/${id}/cancel?force=1`, 'invalid_parameter', '/force'],
    ['/v1/executions/1/cancel', 'invalid_parameter', '/id'],
  ])('is refused in POST %s', async (path, code, pointer) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await refused(() => api.post(path, { headers, body: '{"function":"echo"}' }));
    expect(answer).toMatchObject({ status: 400, json: { code, faults: [{ pointer }] } });
  });

  it.each<[path: string, pointer: string]>([
    ['/v1/executions?limit=0', '/limit'],
    ['/v1/executions?limit=501', '/limit'],
    ['/v1/executions?limit=1.5', '/limit'],
    ['/v1/executions?state=done', '/state'],
    ['/v1/executions?map_index=3000000000', '/map_index'],
    ['/v1/executions?cursor=1', '/cursor'],
    [`/v1/executions?cursor=urn:uuid:${id}`, '/cursor'],
    ['/v1/executions?dag_id=', '/dag_id'],
    ['/v1/executions?dag_id=a%00b', '/dag_id'],
    ['/v1/executions?dagid=a', '/dagid'],
    ['/v1/executions/1', '/id'],
    [`/v1/executions/urn:uuid:${id}`, '/id'],
    [`/v1/executions/${id.toUpperCase()}`, '/id'],
    [`/v1/executions/${id}%00`, '/id'],
    [`/v1/executions/${id}?wait=99`, '/wait'],
    [`/v1/executions/${id}/result?download=1`, '/download'],
    [`/v1/executions/${id}/logs?after=${'x'.repeat(12_001)}`, '/after'],
    ['/healthz?verbose=1', '/verbose'],
  ])('is refused in GET %s', async (path, pointer) => {
    const answer = await refused(() => api.get(path));
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_parameter', faults: [{ pointer }] } });
  });

  it('is refused when it cannot be decoded', async () => {
    expect(await api.get('/v1/executions/%E0%A4%A')).toMatchObject({
      status: 400,
      json: { code: 'bad_request' },
    });
  });

  it.each<[query: string, status: number, code: string]>([
    ['', 400, 'invalid_parameter'],
    ['uri=https://b/k', 400, 'invalid_parameter'],
    [`uri=s3://${BUCKET}`, 400, 'invalid_parameter'],
    [`uri=s3://${BUCKET}/k&replace=maybe`, 400, 'invalid_parameter'],
    ['uri=s3://foreign/k', 403, 'bucket_not_allowed'],
    [`uri=s3://${BUCKET}x/k`, 403, 'bucket_not_allowed'],
    ['uri=s3://B/k', 422, 'invalid_request'],
    [`uri=s3://${BUCKET}/${'k'.repeat(1025)}`, 422, 'invalid_request'],
  ])('is refused in PUT /v1/objects?%s', async (query, status, code) => {
    const answer = await refused(() => api.put(`/v1/objects?${query}`, { body: 'x' }));
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
  });

  it('is refused when it is no cursor of this log', async () => {
    const { json } = await api.submit(echo({}), { query: '?wait=20' });
    const answer = await refused(() => api.get(`/v1/executions/${json.id}/logs?after=yesterday`));
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'invalid_parameter', faults: [{ pointer: '/after' }] },
    });
  });

  it.each(['', '/result', '/logs'])('names an execution that must exist: GET {id}%s', async (path) => {
    const answer = await api.get(`/v1/executions/${id}${path}`);
    expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(answer.json.detail).toContain(id);
  });
});
