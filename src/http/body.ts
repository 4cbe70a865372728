import type { Request } from 'express';
import { BridgeError, InvalidRequest } from '../domain/errors.ts';

/** The JSON text of a body. Bytes that are not UTF-8 would be kept changed: they are refused. */
export function bodyText(request: Request): string {
  if (!Buffer.isBuffer(request.body))
    throw new BridgeError(
      'unsupported_media_type',
      415,
      'Send a JSON body with Content-Type: application/json.',
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(request.body);
  } catch {
    throw new InvalidRequest([{ pointer: '', message: 'is not valid UTF-8' }], 'malformed_json', 400);
  }
}
