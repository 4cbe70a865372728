import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { ObjectStore } from '../../src/aws/object-store.ts';
import { type Moto, startMoto } from '../helpers/moto.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { startWireServer } from './wire-server.ts';

const MEBIBYTE = 1024 * 1024;

let moto: Moto;
let clients: AwsClients;
let store: ObjectStore;
let buckets = 0;

beforeAll(async () => {
  moto = await startMoto();
  stubAwsEnvironment({ AWS_ENDPOINT_URL: moto.url });
  clients = createAwsClients({ maxHeldInvocations: 1 });
  store = new ObjectStore(clients.s3);
});

afterAll(async () => {
  clients?.close();
  await moto?.stop();
  vi.unstubAllEnvs();
});

async function createBucket(): Promise<string> {
  buckets += 1;
  const Bucket = `bucket-${buckets}`;
  await clients.s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  );
  return Bucket;
}

async function keysOf(Bucket: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
}

async function openUploads(Bucket: string): Promise<number> {
  const { Uploads = [] } = await clients.s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads.length;
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Breaks after two parts, when a multipart upload is surely under way. */
function breakingStream(bytes: number): Readable {
  return Readable.from(
    (async function* () {
      for (let sent = 0; sent < bytes; sent += MEBIBYTE) yield randomBytes(MEBIBYTE);
      throw new Error('the client went away');
    })(),
  );
}

describe('put', () => {
  it('writes bytes that head and get return with size, type and hash', async () => {
    const uri = `s3://${await createBucket()}/payloads/a b/ü.json`;
    await store.put(uri, '{"é":1}', { contentType: 'application/json' });
    expect(await store.head(uri)).toEqual({
      writtenAt: expect.any(Date),
      size: 8,
      contentType: 'application/json',
      sha256: sha256('{"é":1}'),
    });
    const { stream, size, contentType } = await store.get(uri);
    expect([await text(stream), size, contentType]).toEqual(['{"é":1}', 8, 'application/json']);
  });

  it('writes an empty object', async () => {
    const uri = `s3://${await createBucket()}/empty`;
    await store.put(uri, '');
    expect(await store.head(uri)).toMatchObject({ size: 0, sha256: sha256('') });
  });

  it('names the bucket that is missing and what to do', async () => {
    await expect(store.put('s3://no-such-bucket/key', 'x')).rejects.toMatchObject({
      code: 'staging_failed',
      httpStatus: 502,
      message: expect.stringContaining('s3://no-such-bucket/key: the bucket does not exist. Create it'),
    });
  });

  it('refuses what is no address', async () => {
    await expect(store.put('https://bucket/key', 'x')).rejects.toMatchObject({ code: 'invalid_s3_uri' });
  });
});

describe('putStream', () => {
  it('writes a stream of unknown length in parts', async () => {
    const uri = `s3://${await createBucket()}/large`;
    const parts = Array.from({ length: 12 }, () => randomBytes(MEBIBYTE));
    await store.putStream(uri, Readable.from(parts), { contentType: 'application/zip' });
    expect(await store.head(uri)).toMatchObject({ size: 12 * MEBIBYTE, contentType: 'application/zip' });
    const hash = createHash('sha256');
    for await (const chunk of (await store.get(uri)).stream) hash.update(chunk);
    expect(hash.digest('hex')).toBe(sha256(Buffer.concat(parts)));
  });

  it.each([2, 12])('leaves nothing behind when the stream breaks after %i MiB', async (mebibytes) => {
    const bucket = await createBucket();
    const writing = store.putStream(`s3://${bucket}/broken`, breakingStream(mebibytes * MEBIBYTE));
    await expect(writing).rejects.toThrow('the client went away');
    expect(await keysOf(bucket)).toEqual([]);
    expect(await openUploads(bucket)).toBe(0);
  });

  it('leaves nothing behind when it is aborted while the stream stands still', async () => {
    const bucket = await createBucket();
    const abort = new AbortController();
    const stream = new Readable({ read() {} });
    stream.push(randomBytes(12 * MEBIBYTE));
    const writing = store.putStream(`s3://${bucket}/aborted`, stream, { signal: abort.signal });
    const refused = expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitUntil(async () => (await openUploads(bucket)) === 1, { timeout: 10_000 });
    abort.abort();
    await refused;
    expect(await openUploads(bucket)).toBe(0);
    expect(await keysOf(bucket)).toEqual([]);
  });

  it('tells at once that S3 failed, and keeps the stream open so that a request can still be answered', async () => {
    const slow = new Readable({ read() {} });
    slow.push(randomBytes(6 * MEBIBYTE));
    const writing = store.putStream('s3://no-such-bucket/key', slow);
    await expect(writing).rejects.toMatchObject({ code: 'staging_failed' });
    expect(slow.destroyed).toBe(false);
  });

  it.each([1, 12])('tells why S3 failed a stream of %i MiB in small pieces', async (mebibytes) => {
    const pieces = Array.from({ length: mebibytes * 16 }, () => randomBytes(MEBIBYTE / 16));
    await expect(store.putStream('s3://no-such-bucket/key', Readable.from(pieces))).rejects.toMatchObject({
      code: 'staging_failed',
      message: expect.stringContaining('the bucket does not exist'),
    });
  });
});

describe('putHashed', () => {
  it('names the object by the hash of its bytes and leaves no other key', async () => {
    const bucket = await createBucket();
    const bytes = randomBytes(6 * MEBIBYTE);
    const ref = await store.putHashed(`s3://${bucket}/in box`, Readable.from([bytes]), {
      contentType: 'text/csv',
    });
    const uri = `s3://${bucket}/in box/${sha256(bytes)}`;
    expect(ref).toEqual({ uri, size: bytes.length, sha256: sha256(bytes), content_type: 'text/csv' });
    expect(await store.head(uri)).toEqual({
      writtenAt: expect.any(Date),
      size: bytes.length,
      contentType: 'text/csv',
      sha256: sha256(bytes),
    });
    expect(await keysOf(bucket)).toEqual([`in box/${sha256(bytes)}`]);
  });

  it('keeps equal content once', async () => {
    const bucket = await createBucket();
    const write = () => store.putHashed(`s3://${bucket}/p`, Readable.from([Buffer.from('same')]));
    const first = await write();
    const { LastModified } = await clients.s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: `p/${sha256('same')}` }),
    );
    expect(await write()).toEqual(first);
    const again = await clients.s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: `p/${sha256('same')}` }),
    );
    expect(again.LastModified).toEqual(LastModified);
    expect(await keysOf(bucket)).toEqual([`p/${sha256('same')}`]);
  });

  it.each([0, 12])('leaves nothing behind when the stream breaks after %i MiB', async (mebibytes) => {
    const bucket = await createBucket();
    const writing = store.putHashed(`s3://${bucket}/p`, breakingStream(mebibytes * MEBIBYTE));
    await expect(writing).rejects.toThrow('the client went away');
    expect(await keysOf(bucket)).toEqual([]);
    expect(await openUploads(bucket)).toBe(0);
  });
});

describe('content that is there already', () => {
  it.each([
    ['kept while it is younger than a day', 23, []],
    ['written again before a lifecycle rule may remove it', 25, ['COPY']],
  ])('is %s', async (_when, hours, expected) => {
    const writes: string[] = [];
    const server = await startWireServer(({ method, headers }, response) => {
      if (headers['x-amz-copy-source']) writes.push('COPY');
      response.setHeader('Last-Modified', new Date(Date.now() - hours * 3_600_000).toUTCString());
      response.end(method === 'PUT' ? '<CopyObjectResult><ETag>"x"</ETag></CopyObjectResult>' : undefined);
    });
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    const aged = new ObjectStore(createAwsClients({ maxHeldInvocations: 1 }).s3);
    await aged.putHashed('s3://bucket/p', Readable.from([Buffer.from('same')]));
    expect(writes).toEqual(expected);
    expect(await aged.isFresh('s3://bucket/p/x')).toBe(expected.length === 0);
    await server.close();
    vi.stubEnv('AWS_ENDPOINT_URL', moto.url);
  });
});

describe('head, get and delete', () => {
  it('know an object that is not there', async () => {
    const uri = `s3://${await createBucket()}/nothing`;
    expect(await store.head(uri)).toBeUndefined();
    await expect(store.get(uri)).rejects.toMatchObject({ code: 'not_found', httpStatus: 404 });
    await expect(store.delete(uri)).resolves.toBeUndefined();
  });

  it('delete an object', async () => {
    const uri = `s3://${await createBucket()}/short-lived`;
    await store.put(uri, 'x');
    await store.delete(uri);
    expect(await store.head(uri)).toBeUndefined();
  });
});

describe('presignGet', () => {
  it('gives a URL that reads the object without credentials', async () => {
    const uri = `s3://${await createBucket()}/a b`;
    await store.put(uri, 'readable');
    const url = await store.presignGet(uri, 60);
    expect(await (await fetch(url)).text()).toBe('readable');
    expect(url).not.toMatch(/checksum/i);
  });
});

describe('presignPut', () => {
  it('gives a URL that writes the object without credentials, again and again', async () => {
    const uri = `s3://${await createBucket()}/a b`;
    const url = await store.presignPut(uri, 60);
    for (const body of ['first', 'second']) await fetch(url, { method: 'PUT', body });
    expect(await store.getText(uri)).toBe('second');
    expect(url).not.toMatch(/checksum/i);
  });
});

describe('list and getText', () => {
  it('list more objects than S3 gives at once, by address', async () => {
    const bucket = await createBucket();
    const uris = Array.from({ length: 1_005 }, (_, n) => `s3://${bucket}/p/${String(n).padStart(4, '0')}`);
    for (let at = 0; at < uris.length; at += 50)
      await Promise.all(uris.slice(at, at + 50).map((uri) => store.put(uri, 'x')));
    await store.put(`s3://${bucket}/other`, 'x');
    const listed = await store.list(`s3://${bucket}/p/`);
    expect(listed.map(({ uri }) => uri)).toEqual(uris);
    expect(listed[0]?.size).toBe(1);
    const after = await store.list(`s3://${bucket}/p/`, `s3://${bucket}/p/1002`);
    expect(after.map(({ uri }) => uri)).toEqual(uris.slice(1_003));
  });

  it('know what is not there', async () => {
    const bucket = await createBucket();
    expect(await store.list(`s3://${bucket}/p/`)).toEqual([]);
    expect(await store.getText(`s3://${bucket}/p/x`)).toBeUndefined();
    await expect(store.list('s3://no-such-bucket/p/')).rejects.toMatchObject({
      code: 'staging_failed',
      retryable: false,
    });
  });
});
