import type { Request, Response } from 'express';
import { BridgeError } from '../domain/errors.ts';
import type { Objects } from '../lifecycle/objects.ts';
import type { Staging } from '../lifecycle/staging.ts';

interface Needs {
  staging: Staging;
  objects: Objects;
}

/** Raw bodies on their way to S3: streamed, never held whole. */
export function payloadHandlers({ staging, objects }: Needs) {
  return {
    async stagePayload(request: Request, response: Response) {
      refuseEncoded(request);
      const announced = Number(request.get('Content-Length') ?? 0);
      const ref = await staging.streamPayload(request, contentType(request), announced);
      response.status(201).json(ref);
    },

    async putObject(request: Request, response: Response) {
      refuseEncoded(request);
      const { uri, replace } = response.locals['query'] as { uri: string; replace: boolean };
      const ref = await objects.write(uri, request, { contentType: contentType(request), replace });
      response.status(201).json(ref);
    },
  };
}

/** Stored as they come, compressed bytes would reach the function under the content type of what they hold. */
function refuseEncoded(request: Request): void {
  const encoding = request.get('Content-Encoding') ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  throw new BridgeError(
    'bad_request',
    415,
    'The body goes to S3 as it is: send it without Content-Encoding, or name the compressed form in Content-Type.',
  );
}

function contentType(request: Request): string {
  return request.get('Content-Type') ?? 'application/octet-stream';
}
