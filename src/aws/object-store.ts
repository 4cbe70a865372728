/** Objects in S3, addressed by `s3://bucket/key`. Methods throw BridgeError, which says what to grant or create. */
import { createHash, randomUUID } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { BridgeError, NotFound } from '../domain/errors.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import { parseS3Uri } from '../domain/s3-uri.ts';
import { readAwsError } from './aws-error.ts';
import { createPresignClient } from './clients.ts';
import { storeError } from './s3-error.ts';

export interface ObjectHead {
  /** bytes */
  size: number;
  /** when the object was written, by the clock of S3 */
  writtenAt: Date;
  contentType?: string;
  /** hexadecimal; only for objects that the bridge wrote in one piece */
  sha256?: string;
}

export interface ListedObject {
  uri: string;
  /** bytes */
  size: number;
}

const WRITE = 's3:PutObject and s3:AbortMultipartUpload';
/** Without s3:ListBucket S3 answers 403 instead of 404 for a key that does not exist. */
const READ = 's3:GetObject, and s3:ListBucket on the bucket,';
/**
 * An object that is older than this is written again when it is used. S3's lifecycle rules count whole days from the
 * last write. With a rule of two days, an object therefore exists for at least a day after every use.
 */
const FRESH_MS = 24 * 3_600_000;
/** The limit of one CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const COPY_BYTES = 5 * 1024 ** 3;

export class ObjectStore {
  readonly #client: S3Client;
  readonly #presignClient: S3Client;

  constructor(client: S3Client, presignClient: S3Client = createPresignClient(client)) {
    this.#client = client;
    this.#presignClient = presignClient;
  }

  /** Writes a small object. */
  async put(uri: string, bytes: Uint8Array | string, options: { contentType?: string } = {}): Promise<void> {
    // As a Buffer, because the SDK treats an empty string as a stream.
    const body = Buffer.from(bytes);
    const command = {
      ...locate(uri),
      Body: body,
      Metadata: { sha256: createHash('sha256').update(body).digest('hex') },
      ...typed(options.contentType),
    };
    try {
      await this.#client.send(new PutObjectCommand(command));
    } catch (error) {
      throw storeError(error, 'write', uri, WRITE);
    }
  }

  /**
   * Writes a stream of any length with constant memory. If the stream or S3 fails, nothing is left behind.
   * @throws BridgeError object_exists with `ifAbsent`, if the object exists
   */
  async putStream(
    uri: string,
    stream: Readable,
    options: { contentType?: string; signal?: AbortSignal; ifAbsent?: boolean } = {},
  ): Promise<void> {
    if (options.signal) addAbortSignal(options.signal, stream);
    await this.#upload(uri, stream, () => {}, options);
  }

  /**
   * Writes a stream under the SHA-256 of its bytes, so that equal content is stored once.
   * @param announced the length in bytes that the sender announced
   * @throws BridgeError payload_too_large when the announced or real length is too big
   */
  async putHashed(
    prefixUri: string,
    stream: Readable,
    { announced = 0, ...options }: { contentType?: string; announced?: number } = {},
  ): Promise<ObjectRef> {
    checkSize(announced);
    // The hash is known only after the last byte, so this key is temporary. After a crash a lifecycle rule deletes it.
    const incoming = `${prefixUri}/incoming/${randomUUID()}`;
    const hash = createHash('sha256');
    let size = 0;
    const count = (chunk: Uint8Array) => {
      hash.update(chunk);
      size += chunk.length;
      checkSize(size);
    };
    await this.#upload(incoming, stream, count, options);
    const sha256 = hash.digest('hex');
    const uri = `${prefixUri}/${sha256}`;
    try {
      if (!(await this.isFresh(uri))) await this.#copy(incoming, uri, sha256, options.contentType);
    } finally {
      // The upload must not fail because the temporary key could not be deleted.
      await this.delete(incoming).catch(() => {});
    }
    const { contentType } = options;
    return { uri, size, sha256, ...(contentType !== undefined && { content_type: contentType }) };
  }

  /** Whether the object exists and is so young that no lifecycle rule deletes it before a function has read it. */
  async isFresh(uri: string): Promise<boolean> {
    const head = await this.head(uri);
    return head !== undefined && Date.now() - head.writtenAt.getTime() < FRESH_MS;
  }

  /** undefined when there is no such object */
  async head(uri: string): Promise<ObjectHead | undefined> {
    try {
      const head = await this.#client.send(new HeadObjectCommand(locate(uri)));
      const sha256 = head.Metadata?.['sha256'];
      return {
        size: head.ContentLength ?? 0,
        writtenAt: head.LastModified ?? new Date(0),
        ...(head.ContentType !== undefined && { contentType: head.ContentType }),
        ...(sha256 !== undefined && { sha256 }),
      };
    } catch (error) {
      if (readAwsError(error).statusCode === 404) return undefined;
      throw storeError(error, 'read', uri, READ);
    }
  }

  /** The object's bytes. Read the stream to its end or destroy it; otherwise its connection stays open. */
  async get(uri: string): Promise<{ stream: Readable; size: number; contentType?: string }> {
    try {
      const object = await this.#client.send(new GetObjectCommand(locate(uri)));
      return {
        stream: object.Body as Readable,
        size: object.ContentLength ?? 0,
        ...(object.ContentType !== undefined && { contentType: object.ContentType }),
      };
    } catch (error) {
      if (readAwsError(error).name === 'NoSuchKey') throw new NotFound(`Object ${uri}`);
      throw storeError(error, 'read', uri, READ);
    }
  }

  /** A small object as text; undefined when it does not exist. */
  async getText(uri: string): Promise<string | undefined> {
    try {
      return await text((await this.get(uri)).stream);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** The objects whose address begins with `prefixUri`, sorted by address. @param after skips up to this address */
  async list(prefixUri: string, after?: string): Promise<ListedObject[]> {
    const { Bucket, Key: Prefix } = locate(prefixUri);
    const StartAfter = after === undefined ? undefined : locate(after).Key;
    const found: ListedObject[] = [];
    try {
      const pages = paginateListObjectsV2({ client: this.#client }, { Bucket, Prefix, StartAfter });
      for await (const { Contents = [] } of pages)
        found.push(...Contents.map(({ Key, Size = 0 }) => ({ uri: `s3://${Bucket}/${Key}`, size: Size })));
    } catch (error) {
      throw storeError(error, 'list', prefixUri, 's3:ListBucket');
    }
    return found;
  }

  /** A URL to read the object without credentials. It expires with the bridge's credentials, at most after 7 days. */
  async presignGet(uri: string, seconds: number): Promise<string> {
    try {
      const command = new GetObjectCommand(locate(uri));
      return await getSignedUrl(this.#presignClient, command, { expiresIn: seconds });
    } catch (error) {
      throw storeError(error, 'sign a URL for', uri, READ);
    }
  }

  /** A URL to write the object without credentials, valid as long as that of presignGet. The last write counts. */
  async presignPut(uri: string, seconds: number): Promise<string> {
    try {
      const command = new PutObjectCommand(locate(uri));
      return await getSignedUrl(this.#presignClient, command, { expiresIn: seconds });
    } catch (error) {
      throw storeError(error, 'sign a URL for', uri, WRITE);
    }
  }

  /** Deleting what does not exist is no error. */
  async delete(uri: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(locate(uri)));
    } catch (error) {
      throw storeError(error, 'delete', uri, 's3:DeleteObject');
    }
  }

  async #upload(
    uri: string,
    stream: Readable,
    onChunk: (chunk: Uint8Array) => void,
    { contentType, ifAbsent = false }: { contentType?: string; ifAbsent?: boolean },
  ): Promise<void> {
    const source: { error?: unknown } = {};
    const upload = new Upload({
      client: this.#client,
      // With several parts at a time, the SDK would report a failure only after the next chunk of a slow stream.
      queueSize: 1,
      params: {
        ...locate(uri),
        Body: Readable.from(observed(stream, onChunk, source), { objectMode: false }),
        ...typed(contentType),
        ...(ifAbsent && { IfNoneMatch: '*' }),
      },
    });
    try {
      await upload.done();
    } catch (error) {
      if (ifAbsent && readAwsError(error).statusCode === 412) throw objectExists(uri);
      throw source.error ?? storeError(error, 'write', uri, WRITE);
    }
  }

  async #copy(from: string, to: string, sha256: string, contentType: string | undefined): Promise<void> {
    const { Bucket, Key } = locate(from);
    const CopySource = `${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`;
    const described = { MetadataDirective: 'REPLACE', Metadata: { sha256 }, ...typed(contentType) } as const;
    try {
      await this.#client.send(new CopyObjectCommand({ ...locate(to), CopySource, ...described }));
    } catch (error) {
      throw storeError(error, 'write', to, `${WRITE}, and s3:GetObject,`);
    }
  }
}

function checkSize(bytes: number): void {
  if (bytes <= COPY_BYTES) return;
  throw new BridgeError(
    'payload_too_large',
    413,
    'A payload may have at most 5 GiB. Write it to S3 yourself.',
  );
}

/** The object exists, and `replace` was not set. */
function objectExists(uri: string): BridgeError {
  return new BridgeError('object_exists', 409, `${uri} already exists. Set replace=true to overwrite it.`);
}

/** Leaves the stream open when S3 fails, so that the HTTP request can still be answered. */
async function* observed(
  stream: Readable,
  onChunk: (chunk: Uint8Array) => void,
  source: { error?: unknown },
) {
  let given = false;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      onChunk(chunk);
      given = true;
      yield chunk;
      given = false;
    }
  } catch (error) {
    // An error while a chunk is being processed comes from the upload, and the upload's own error has the reason.
    if (!given) source.error = error;
    throw error;
  }
}

function locate(uri: string): { Bucket: string; Key: string } {
  const location = parseS3Uri(uri);
  if (!location)
    throw new BridgeError('invalid_s3_uri', 422, `'${uri}' does not have the form s3://bucket/key.`);
  return { Bucket: location.bucket, Key: location.key };
}

function typed(contentType: string | undefined) {
  return contentType === undefined ? {} : { ContentType: contentType };
}
