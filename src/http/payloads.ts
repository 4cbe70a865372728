import type { Request } from 'express';
import { BridgeError } from '../domain/errors.ts';
import type { Staging } from '../lifecycle/staging.ts';
import type { Objects } from '../lifecycle/submit/write-object.ts';
import type { Handlers } from './handler.ts';

interface PayloadsDeps {
  staging: Staging;
  objects: Objects;
}

/** Streams raw bodies to S3 with constant memory. */
export function payloadHandlers({
  staging,
  objects,
}: PayloadsDeps): Pick<Handlers, 'stagePayload' | 'putObject'> {
  return {
    async stagePayload({ request }) {
      refuseEncoded(request);
      const announced = Number(request.get('Content-Length') ?? 0);
      const ref = await staging.streamPayload(request, contentType(request), announced);
      return { status: 201, json: ref };
    },

    async putObject({ query: { uri, replace }, request }) {
      refuseEncoded(request);
      const ref = await objects.write(uri, request, { contentType: contentType(request), replace });
      return { status: 201, json: ref };
    },
  };
}

/** Refuses a compressed body. Its bytes would be stored unchanged, under the content type of the uncompressed data. */
function refuseEncoded(request: Request): void {
  const encoding = request.get('Content-Encoding') ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  throw new BridgeError(
    'bad_request',
    415,
    'The body is stored in S3 unchanged: send it without Content-Encoding, or name the compressed format in Content-Type.',
  );
}

function contentType(request: Request): string {
  return request.get('Content-Type') ?? 'application/octet-stream';
}
