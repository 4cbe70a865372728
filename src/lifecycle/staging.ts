import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ObjectStore } from '../aws/object-store.ts';
import { BridgeError } from '../domain/errors.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import { JSON_TYPE, type ResultContent } from '../domain/result-content.ts';
import { resultUri } from '../domain/s3-uri.ts';

/** How long a function can read its payload. An Event may wait 6 h in Lambda's queue, and then run several times. */
const POINTER_SECONDS = 24 * 3600;

/**
 * Stores payloads and results in S3 if they are too large to send inline. All keys have the same prefix (claim check
 * pattern).
 */
export class Staging {
  readonly #store: ObjectStore;
  readonly #prefix: string | undefined;

  /** @param prefix `s3://bucket/prefix`; undefined if no staging is configured */
  constructor(store: ObjectStore, prefix: string | undefined) {
    this.#store = store;
    this.#prefix = prefix?.replace(/\/+$/, '');
  }

  get available(): boolean {
    return this.#prefix !== undefined;
  }

  /**
   * Writes a payload under its SHA-256, so that equal payloads are stored once. If the object is a day old, it is
   * written again.
   */
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

  /**
   * Writes a result. The key contains its SHA-256: if a second outcome arrives, it must not replace the result of the
   * first.
   */
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

  /** The event for a function whose payload is staged (see "What a function receives" in docs/http-api.md). */
  async pointer(ref: ObjectRef): Promise<string> {
    const { uri, size, sha256, content_type } = ref;
    const url = await this.#store.presignGet(uri, POINTER_SECONDS);
    return JSON.stringify({ s3_key: uri, s3_url: url, size, sha256, content_type });
  }

  /**
   * The URL of the object that is written when the execution is cancelled. A function with the envelope polls this URL.
   */
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
