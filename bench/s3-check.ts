/**
 * Checks that payload staging works on an S3-compatible service, with the object store of the bridge itself. The bucket
 * must exist. It writes about 1,000 small objects and 60 MB under its own prefix, and deletes them at the end.
 * Credentials and region come from the SDK's default chain. The exit code is 1 when a check failed.
 *
 *   npm run s3-check -- --bucket NAME [--endpoint URL] [--aws-settings]
 *
 * Without --endpoint it checks AWS S3. --aws-settings sends the checksums that the SDK sends to AWS; for every other
 * endpoint the bridge leaves them out.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { createAwsClients } from '../src/aws/clients.ts';
import { ObjectStore } from '../src/aws/object-store.ts';
import { poll } from '../test/helpers/poll.ts';

const MEBIBYTE = 1024 * 1024;
/** Two full parts of a multipart upload, and a short one. */
const LARGE = 12 * MEBIBYTE;
/** A page holds 1,000 keys: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
const MORE_THAN_A_PAGE = 1_005;
const AT_ONCE = 25;
/** More than the 2 s for which the URL is valid, because a server may tolerate a clock difference. */
const EXPIRY = { seconds: 5, pauseMs: 250 };

const { values } = parseArgs({
  options: { bucket: { type: 'string' }, endpoint: { type: 'string' }, 'aws-settings': { type: 'boolean' } },
});
if (!values.bucket) {
  console.error(
    'No bucket given. Usage: npm run s3-check -- --bucket NAME [--endpoint URL] [--aws-settings]',
  );
  process.exit(2);
}
if (values.endpoint) process.env['AWS_ENDPOINT_URL_S3'] = values.endpoint;

const client = values['aws-settings']
  ? new S3Client({ forcePathStyle: values.endpoint !== undefined })
  : createAwsClients({ maxHeldInvocations: 1 }).s3;
const store = new ObjectStore(client);
const prefix = `s3://${values.bucket}/airflow-lambda-bridge-check/${randomUUID()}`;
const large = Array.from({ length: LARGE / MEBIBYTE }, () => randomBytes(MEBIBYTE));
const largeHash = sha256(large);

let failed = 0;
await check('put, head and get: size, type, SHA-256', async () => {
  const uri = `${prefix}/put/a b+ü.json`;
  await store.put(uri, '{"é":1}', { contentType: 'application/json' });
  same(await headOf(uri), { size: 8, contentType: 'application/json', sha256: sha256('{"é":1}') });
  same(await store.isFresh(uri), true);
  same(await store.getText(uri), '{"é":1}');
  await store.put(`${prefix}/put/empty`, '');
  same((await store.head(`${prefix}/put/empty`))?.size, 0);
});
await check('absent object: head, get, list and delete', async () => {
  same(await store.head(`${prefix}/nothing`), undefined);
  same(await store.getText(`${prefix}/nothing`), undefined);
  same(await store.list(`${prefix}/nothing`), []);
  await store.delete(`${prefix}/nothing`);
});
await check('stream of unknown length, as a multipart upload', async () => {
  await store.putStream(`${prefix}/stream/whole`, Readable.from(large), { contentType: 'application/zip' });
  same(await readHash(`${prefix}/stream/whole`), largeHash);
});
await check('conditional write, single and multipart: the first writer wins', async () => {
  for (const bytes of [[Buffer.from('second')], large]) {
    const writing = store.putStream(`${prefix}/stream/whole`, Readable.from(bytes), { ifAbsent: true });
    same(await writing.catch((error) => error.code), 'object_exists');
  }
  same(await readHash(`${prefix}/stream/whole`), largeHash);
});
await check('a stream that breaks leaves no object', async () => {
  const breaking = Readable.from(
    (async function* () {
      yield* large;
      throw new Error('broken');
    })(),
  );
  same(await store.putStream(`${prefix}/broken/x`, breaking).catch((error) => error.message), 'broken');
  same(await store.list(`${prefix}/broken/`), []);
});
await check('the same payload twice is one object, named by its SHA-256', async () => {
  const write = () =>
    store.putHashed(`${prefix}/hashed in`, Readable.from(large), { contentType: 'text/csv' });
  const uri = `${prefix}/hashed in/${largeHash}`;
  const ref = { uri, size: LARGE, sha256: largeHash, content_type: 'text/csv' };
  same([await write(), await write()], [ref, ref]);
  same(await store.list(`${prefix}/hashed in/`), [{ uri, size: LARGE }]);
  same(await headOf(uri), { size: LARGE, contentType: 'text/csv', sha256: largeHash });
  same(await readHash(uri), largeHash);
});
await check('a list longer than a page, in order, and starting after a key', async () => {
  const uris = Array.from(
    { length: MORE_THAN_A_PAGE },
    (_, n) => `${prefix}/list/${String(n).padStart(4, '0')}`,
  );
  await atOnce(uris, (uri) => store.put(uri, 'x'));
  const listed = async (after?: string) => (await store.list(`${prefix}/list/`, after)).map(({ uri }) => uri);
  same(await listed(), uris);
  same(await listed(uris[1_001]), uris.slice(1_002));
});
await check('presigned GET with plain fetch', async () => {
  await store.put(`${prefix}/signed/a b+ü`, 'readable');
  const answer = await fetch(await store.presignGet(`${prefix}/signed/a b+ü`, 60));
  same([answer.status, await answer.text()], [200, 'readable']);
  const absent = await fetch(await store.presignGet(`${prefix}/signed/absent`, 60));
  await absent.body?.cancel();
  // S3 answers 403 to a caller who may not list the bucket. The function helper accepts both as absent.
  same([403, 404].includes(absent.status), true);
});
await check('presigned PUT with plain fetch, as the function helper does it', async () => {
  const uri = `${prefix}/signed/upload ü`;
  const url = await store.presignPut(uri, 60);
  for (const body of ['{"status":"failed"}', Buffer.concat(large)]) {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(url, { method: 'PUT', body, headers });
    same([answer.status, await answer.text()], [200, '']);
  }
  same((await store.head(uri))?.contentType, 'application/json');
  same(await readHash(uri), largeHash);
});
await check('a URL for one object or method is refused for another', async () => {
  const read = await store.presignGet(`${prefix}/signed/own`, 60);
  const elsewhere = (await store.presignPut(`${prefix}/signed/own`, 60)).replace('/own?', '/other?');
  const wrong = [fetch(read, { method: 'PUT', body: 'x' }), fetch(elsewhere, { method: 'PUT', body: 'x' })];
  const statuses = (await Promise.all(wrong)).map(({ status }) => status);
  return statuses.every((status) => status === 403) ? undefined : 'this server does not check signatures';
});
await check('an expired URL is refused', async () => {
  await store.put(`${prefix}/signed/expiring`, 'x');
  const url = await store.presignGet(`${prefix}/signed/expiring`, 2);
  same((await fetch(url)).status, 200);
  const status = async () => (await fetch(url)).status;
  const isRefused = (await poll(status, (value) => value === 403, EXPIRY)) === 403;
  return isRefused ? undefined : 'this server does not check the expiry of a URL';
});
await check('every object is deleted', async () => {
  const listed = await store.list(`${prefix}/`);
  await atOnce(listed, ({ uri }) => store.delete(uri));
  same(await store.list(`${prefix}/`), []);
});
client.destroy();
console.log(failed === 0 ? 'All checks passed.' : `${failed} failed.`);
process.exitCode = failed === 0 ? 0 : 1;

/** @param run resolves to a text if the server does not support the check; that is printed and is no failure */
async function check(name: string, run: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  try {
    const unsupported = await run();
    const time = `${Math.round(performance.now() - begin)} ms`;
    const isSkipped = typeof unsupported === 'string';
    console.log(isSkipped ? `skipped ${name}: ${unsupported}` : `ok      ${name} (${time})`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${(error as Error).message}`);
  }
}

function same(found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`${JSON.stringify(found)}, not ${JSON.stringify(expected)}`.slice(0, 1_000));
}

function sha256(bytes: string | readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of typeof bytes === 'string' ? [bytes] : bytes) hash.update(chunk);
  return hash.digest('hex');
}

/** The object's size, type and hash, without the time of the write. */
async function headOf(uri: string) {
  const { writtenAt, ...head } = (await store.head(uri)) ?? {};
  return head;
}

async function readHash(uri: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of (await store.get(uri)).stream) hash.update(chunk);
  return hash.digest('hex');
}

async function atOnce<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE)
    await Promise.all(all.slice(from, from + AT_ONCE).map(run));
}
