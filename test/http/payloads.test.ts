import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf } from '../helpers/api.ts';
import { heldDuring } from '../helpers/held-memory.ts';
import { BUCKET, type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

const MB = 1024 * 1024;
let stack: Stack;
let api: Api;

beforeAll(async () => {
  stack = await startStack();
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const stage = (body: RequestInit['body'], type = 'text/csv') =>
  api.post('/v1/payloads', { headers: { 'Content-Type': type }, body: body ?? null });
const put = (key: string, body: string, more = '') =>
  api.put(`/v1/objects?uri=${encodeURIComponent(`s3://${BUCKET}/${key}`)}${more}`, {
    headers: { 'Content-Type': 'text/csv' },
    body,
  });

async function uploads(): Promise<number> {
  const { Uploads = [] } = await stack.s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  return Uploads.length;
}

/** A client that sends a part of its body and goes: what S3 has got of it must be taken back. */
async function breaksOff(method: string, path: string): Promise<void> {
  const before = await stack.objects();
  const upload = request(stack.url + path, { method, headers: { 'Content-Length': 100 * MB } });
  upload.on('error', () => undefined);
  upload.write(Buffer.alloc(12 * MB, 'x'));
  await until('the first part is on its way', async () => (await uploads()) > 0);
  upload.destroy();
  await until('the upload is taken back', async () => (await uploads()) === 0);
  expect(await stack.objects()).toEqual(before);
}

/** Uploads from another process, whose memory must not be taken for the bridge's. */
async function uploadFromOutside(bytes: number): Promise<{ status: number; size: number }> {
  const script = `
    const upload = require('node:http').request(${JSON.stringify(`${stack.url}/v1/payloads`)}, { method: 'POST' });
    upload.on('response', async (answer) => {
      const { size } = await new Response(answer).json();
      console.log(JSON.stringify({ status: answer.statusCode, size }));
    });
    const piece = Buffer.alloc(${MB}, 'x');
    const pieces = Array(${bytes / MB}).fill(piece);
    require('node:stream').Readable.from(pieces).pipe(upload);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
  return JSON.parse(stdout);
}

describe('POST /v1/payloads', () => {
  it('stages the body under its hash, and the reference can be submitted', async () => {
    const { status, json: ref } = await stage('a;b\n1;2\n');
    expect(status).toBe(201);
    expect(ref).toEqual({
      uri: `s3://${BUCKET}/bridge/payloads/${sha256('a;b\n1;2\n')}`,
      size: 8,
      sha256: sha256('a;b\n1;2\n'),
      content_type: 'text/csv',
    });
    const { json } = await api.submit({ function: 'pointer', payload_ref: ref }, { query: '?wait=30' });
    expect(json).toMatchObject({ payload_ref: ref, result: { size: 8, sha256: ref.sha256 } });
  });

  it('keeps the same payload once', async () => {
    const before = await stack.objects();
    const refs = await Promise.all([stage('same'), stage('same')]);
    refs.push(await stage('same'));
    expect(new Set(refs.map(({ json }) => json.uri)).size).toBe(1);
    expect(await stack.objects()).toHaveLength(before.length + 1);
  });

  it('stages the same as a submit does, so that both are the same request', async () => {
    const { json: ref } = await stage('{"a": 1.0}', 'application/json');
    const key = { function: 'echo', idempotency_key: 'either way' };
    const inline = await api.submit(`${JSON.stringify(key).slice(0, -1)},"payload":{"a": 1.0}}`);
    expect(await api.submit({ ...key, payload_ref: ref })).toMatchObject({
      status: 200,
      json: { id: inline.json.id },
    });
  });

  it('refuses a reference with the hash of another content', async () => {
    const { json: ref } = await stage('one content');
    const wrong = { ...ref, sha256: sha256('another content') };
    const { status, json } = await api.submit({ function: 'pointer', payload_ref: wrong });
    expect({ status, faults: json.faults }).toMatchObject({
      status: 422,
      faults: [{ pointer: '/payload_ref/sha256' }],
    });
  });

  it('takes an empty body', async () => {
    expect((await stage('')).json).toMatchObject({ size: 0, sha256: sha256('') });
  });

  it('leaves nothing behind when the client breaks off', async () => {
    await breaksOff('POST', '/v1/payloads');
  });

  it('needs no more memory for a long body than for a short one', async () => {
    const [short, long] = [32 * MB, 96 * MB];
    const first = await heldDuring(() => uploadFromOutside(short));
    const second = await heldDuring(() => uploadFromOutside(long));
    expect([first.value, second.value]).toEqual([
      { status: 201, size: short },
      { status: 201, size: long },
    ]);
    expect(second.looks).toBeGreaterThan(2);
    expect(second.most).toBeLessThan(short);
  });

  it('refuses at once what is announced with more than S3 copies, and reads what may just pass', async () => {
    const most = 5 * 1024 ** 3;
    const announce = (bytes: number) => {
      const upload = request(`${stack.url}/v1/payloads`, {
        method: 'POST',
        headers: { 'Content-Length': bytes },
      });
      upload.on('error', () => undefined);
      upload.write(Buffer.alloc(12 * MB, 'x'));
      return upload;
    };
    const over = announce(most + 1);
    const [answer] = (await once(over, 'response')) as [IncomingMessage];
    expect([answer.statusCode, JSON.parse(await text(answer)).code]).toEqual([413, 'payload_too_large']);
    over.destroy();
    const exact = announce(most);
    await until('its first part is on its way', async () => (await uploads()) > 0);
    exact.destroy();
    await until('the upload is taken back', async () => (await uploads()) === 0);
  });

  it('is refused by a bridge that has no place to stage', async () => {
    const bare = apiOf((await stack.startReplica({ stagingUri: undefined })).url);
    const before = await stack.objects();
    const answer = await bare.post('/v1/payloads', { body: 'x' });
    expect(answer).toMatchObject({ status: 413, json: { code: 'staging_not_configured' } });
    expect(answer.json.detail).toContain('BRIDGE_STAGING_URI');
    expect(await stack.objects()).toEqual(before);
  });
});

describe('PUT /v1/objects', () => {
  it('leaves nothing behind when the client breaks off', async () => {
    await breaksOff('PUT', `/v1/objects?uri=s3://${BUCKET}/put/broken`);
  });

  it('writes one object with its content type', async () => {
    const { status, json } = await put('put/ä b+c.csv', 'a;b\n');
    expect(status).toBe(201);
    expect(json).toEqual({ uri: `s3://${BUCKET}/put/ä b+c.csv`, size: 4 });
    const head = await stack.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'put/ä b+c.csv' }));
    expect(head).toMatchObject({ ContentLength: 4, ContentType: 'text/csv' });
  });

  it('overwrites only when that is said', async () => {
    await put('put/twice', 'first');
    const refused = await put('put/twice', 'second!');
    expect(refused).toMatchObject({ status: 409, json: { code: 'object_exists' } });
    expect(refused.json.detail).toContain('replace=true');
    const sizeNow = async () =>
      (await stack.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'put/twice' }))).ContentLength;
    expect(await sizeNow()).toBe(5);
    expect(await put('put/twice', 'second!', '&replace=true')).toMatchObject({
      status: 201,
      json: { size: 7 },
    });
    expect(await sizeNow()).toBe(7);
  });

  it('writes only to buckets inside the policy', async () => {
    const answer = await api.put('/v1/objects?uri=s3://foreign/key', { body: 'x' });
    expect(answer).toMatchObject({
      status: 403,
      json: { code: 'bucket_not_allowed', faults: [{ pointer: '/uri' }] },
    });
  });

  it('says what is missing when the bucket does not exist', async () => {
    const replica = apiOf((await stack.startReplica({ buckets: ['missing'] })).url);
    const answer = await replica.put('/v1/objects?uri=s3://missing/key&replace=true', { body: 'x' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json.detail).toContain('missing');
  });
});
