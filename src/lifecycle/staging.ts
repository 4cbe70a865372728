import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ObjectStore } from '../aws/object-store.ts';
import { BridgeError } from '../domain/errors.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import { JSON_TYPE, type ResultContent } from '../domain/result-content.ts';
import { resultUri } from '../domain/s3-uri.ts';

/** How long a function can read its payload: an Event may wait 6 h in Lambda's queue, and be retried. */
const POINTER_SECONDS = 24 * 3600;

/** Payloads and results that are too large to send inline, in S3 under one prefix (claim check pattern). */
export class Staging {
  readonly #store: ObjectStore;
  readonly #prefix: string | undefined;

  /** @param prefix `s3://bucket/prefix`; undefined when the operator configured no staging */
  constructor(store: ObjectStore, prefix: string | undefined) {
    this.#store = store;
    this.#prefix = prefix?.replace(/\/+$/, '');
  }

  get available(): boolean {
    return this.#prefix !== undefined;
  }

  /** Writes a payload under its SHA-256. An equal payload is stored once, and written again when it is a day old. */
  async stagePayload(bytes: Uint8Array): Promise<ObjectRef> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const uri = `${this.#requirePrefix()}/payloads/${sha256}`;
    if (!(await this.#store.isFresh(uri)))
      await this.#store.put(uri, bytes, { contentType: 'application/json' });
    return { uri, size: bytes.length, sha256, content_type: 'application/json' };
  }

  /** Streams a payload of up to 5 GiB, with constant memory. @param announced its length in bytes; 0: unknown */
  streamPayload(stream: Readable, contentType: string, announced: number): Promise<ObjectRef> {
    return this.#store.putHashed(`${this.#requirePrefix()}/payloads`, stream, { contentType, announced });
  }

  /** Under its SHA-256 as well: an attempt may be settled twice, and the second must not replace the first result. */
  async stageResult(
    id: string,
    number: number,
    result: ResultContent,
    contentType = JSON_TYPE,
  ): Promise<ObjectRef> {
    const bytes = Buffer.from(result);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const uri = `${resultUri(this.#requirePrefix(), { id, number })}-${sha256}`;
    await this.#store.put(uri, bytes, { contentType });
    return { uri, size: bytes.length, sha256, content_type: contentType };
  }

  /** The bytes of a staged payload or result. @throws NotFound when it was deleted */
  open(ref: ObjectRef): Promise<{ stream: Readable; size: number }> {
    return this.#store.get(ref.uri);
  }

  /** The event of a function whose payload is staged (docs/http-api.md, what a function receives). */
  async pointer(ref: ObjectRef): Promise<string> {
    const { uri, size, sha256, content_type } = ref;
    const url = await this.#store.presignGet(uri, POINTER_SECONDS);
    return JSON.stringify({ s3_key: uri, s3_url: url, size, sha256, content_type });
  }

  /** The URL of the object that appears when the execution is cancelled; a function with the envelope polls it. */
  cancelUrl(id: string): Promise<string> {
    return this.#store.presignGet(`${this.#requirePrefix()}/cancels/${id}`, POINTER_SECONDS);
  }

  async writeCancel(id: string): Promise<void> {
    await this.#store.put(`${this.#requirePrefix()}/cancels/${id}`, '{"cancel":true}', {
      contentType: 'application/json',
    });
  }

  #requirePrefix(): string {
    if (this.#prefix !== undefined) return this.#prefix;
    throw new BridgeError(
      'staging_not_configured',
      413,
      'Uploads and payloads too large to send inline need a bucket. Set BRIDGE_STAGING_URI to s3://bucket/prefix, ' +
        'or send a smaller payload.',
    );
  }
}
