import type { Readable } from 'node:stream';
import type { ObjectStore } from '../../aws/object-store.ts';
import type { ObjectRef } from '../../domain/object-ref.ts';
import type { Permissions } from './permissions.ts';

/** Writes objects to S3 URIs that callers name, where policy allows. */
export class Objects {
  readonly #store: ObjectStore;
  readonly #permissions: Permissions;

  constructor(store: ObjectStore, permissions: Permissions) {
    this.#store = store;
    this.#permissions = permissions;
  }

  /** Writes one object, with constant memory. @throws NotAllowed; BridgeError when it already exists */
  async write(
    uri: string,
    stream: Readable,
    { contentType, replace }: { contentType: string; replace: boolean },
  ): Promise<ObjectRef> {
    this.#permissions.checkBucket(uri, '/uri');
    await this.#store.putStream(uri, stream, { contentType, ifAbsent: !replace });
    const head = await this.#store.head(uri);
    return { uri, size: head?.size ?? 0 };
  }
}
