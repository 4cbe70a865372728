import type { Request, Response } from 'express';
import type { ObjectStore } from '../aws/object-store.ts';
import { BridgeError } from '../domain/errors.ts';
import type { Permissions } from '../lifecycle/permissions.ts';
import type { Staging } from '../lifecycle/staging.ts';

interface Needs {
  staging: Staging;
  store: ObjectStore;
  permissions: Permissions;
}

/** Raw bodies on their way to S3: streamed, never held whole. */
export function payloadHandlers({ staging, store, permissions }: Needs) {
  return {
    async stagePayload(request: Request, response: Response) {
      const ref = await staging.streamPayload(request, contentType(request));
      response.status(201).json(ref);
    },

    async putObject(request: Request, response: Response) {
      const { uri, replace } = response.locals['query'] as { uri: string; replace: boolean };
      permissions.checkBucket(uri, '/uri');
      if (!replace && (await store.head(uri)))
        throw new BridgeError(
          'object_exists',
          409,
          `${uri} exists already. Say replace=true to overwrite it.`,
        );
      await store.putStream(uri, request, { contentType: contentType(request) });
      const head = await store.head(uri);
      response.status(201).json({ uri, size: head?.size ?? 0 });
    },
  };
}

function contentType(request: Request): string {
  return request.get('Content-Type') ?? 'application/octet-stream';
}
