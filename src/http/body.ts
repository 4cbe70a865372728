import { promisify } from 'node:util';
import express, { type Request, type Response } from 'express';
import { BridgeError, InvalidRequest } from '../domain/errors.ts';

/**
 * A reader of JSON bodies. It returns the body as text, because the function must receive the payload unchanged.
 * @param limit in bytes
 */
export function bodyReader(limit: number): (request: Request, response: Response) => Promise<string> {
  const read = promisify(express.raw({ type: 'application/json', limit }));
  return async (request, response) => {
    await read(request, response);
    if (!Buffer.isBuffer(request.body))
      throw new BridgeError(
        'unsupported_media_type',
        415,
        'Send a JSON body with Content-Type: application/json.',
      );
    return decode(request.body);
  };
}

/** Refuses bytes that are not UTF-8, because decoding would change them. */
function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new InvalidRequest([{ pointer: '', message: 'is not valid UTF-8' }], 'malformed_json', 400);
  }
}
