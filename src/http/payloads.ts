import type { Request, Response } from 'express';
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
      const announced = Number(request.get('Content-Length') ?? 0);
      const ref = await staging.streamPayload(request, contentType(request), announced);
      response.status(201).json(ref);
    },

    async putObject(request: Request, response: Response) {
      const { uri, replace } = response.locals['query'] as { uri: string; replace: boolean };
      const ref = await objects.write(uri, request, { contentType: contentType(request), replace });
      response.status(201).json(ref);
    },
  };
}

function contentType(request: Request): string {
  return request.get('Content-Type') ?? 'application/octet-stream';
}
