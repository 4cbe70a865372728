import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ObjectStore } from '../aws/object-store.ts';
import { BridgeError } from '../domain/errors.ts';
import type { ObjectRef } from '../domain/execution.ts';
import { resultUri } from '../domain/s3-uri.ts';

/** How long the function may read its payload: an Event may wait 6 h in Lambda's queue, and be retried. */
const POINTER_SECONDS = 24 * 3600;

/** Payloads and results that are too large to travel inline: claim checks in S3 under one prefix. */
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

  /** Writes a payload under its SHA-256: the same payload is stored once, and anew when it is a day old. */
  async stagePayload(payload: string): Promise<ObjectRef> {
    const bytes = Buffer.from(payload);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const uri = `${this.#need()}/payloads/${sha256}`;
    if (!(await this.#store.isFresh(uri)))
      await this.#store.put(uri, bytes, { contentType: 'application/json' });
    return { uri, size: bytes.length, sha256, content_type: 'application/json' };
  }

  /** Streams a payload of up to 5 GiB, with constant memory. @param announced bytes, 0 when nobody told */
  streamPayload(stream: Readable, contentType: string, announced: number): Promise<ObjectRef> {
    return this.#store.putHashed(`${this.#need()}/payloads`, stream, { contentType, announced });
  }

  /** Under its SHA-256 as well: an attempt may be reported twice, and the second must not replace what was delivered. */
  async stageResult(id: string, number: number, result: string): Promise<ObjectRef> {
    const bytes = Buffer.from(result);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const uri = `${resultUri(this.#need(), { id, number })}-${sha256}`;
    await this.#store.put(uri, bytes, { contentType: 'application/json' });
    return { uri, size: bytes.length, sha256, content_type: 'application/json' };
  }

  /** The bytes of a staged payload or result. @throws NotFound when somebody has deleted it */
  open(ref: ObjectRef): Promise<{ stream: Readable; size: number }> {
    return this.#store.get(ref.uri);
  }

  /** The event of a function whose payload is staged: docs/http-api.md, what a function receives. */
  async pointer(ref: ObjectRef): Promise<string> {
    const { uri, size, sha256, content_type } = ref;
    const url = await this.#store.presignGet(uri, POINTER_SECONDS);
    return JSON.stringify({ s3_key: uri, s3_url: url, size, sha256, content_type });
  }

  /** Where a function with the envelope looks for the wish to cancel: the object appears when it is made. */
  cancelUrl(id: string): Promise<string> {
    return this.#store.presignGet(`${this.#need()}/cancels/${id}`, POINTER_SECONDS);
  }

  async writeCancel(id: string): Promise<void> {
    await this.#store.put(`${this.#need()}/cancels/${id}`, '{"cancel":true}', {
      contentType: 'application/json',
    });
  }

  #need(): string {
    if (this.#prefix !== undefined) return this.#prefix;
    throw new BridgeError(
      'staging_not_configured',
      413,
      'The bridge has no place in S3 for what is uploaded, or is too large to be sent inline. ' +
        'Set BRIDGE_STAGING_URI to s3://bucket/prefix, or send less.',
    );
  }
}
