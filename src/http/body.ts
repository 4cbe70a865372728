import { promisify } from 'node:util';
import express, { type Request, type Response } from 'express';
import type { JsonBody } from '../contract/json-text.ts';
import { BridgeError, InvalidRequest } from '../domain/errors.ts';

/** @param limit bytes @returns a reader of JSON bodies */
export function bodyReader(limit: number): (request: Request, response: Response) => Promise<JsonBody> {
  const read = promisify(express.raw({ type: 'application/json', limit }));
  return async (request, response) => {
    await read(request, response);
    if (!Buffer.isBuffer(request.body))
      throw new BridgeError(
        'unsupported_media_type',
        415,
        'Send a JSON body with Content-Type: application/json.',
      );
    return { bytes: request.body, text: decode(request.body) };
  };
}

/** Refuses bytes that are not UTF-8, since decoding would change them. */
function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new InvalidRequest([{ pointer: '', message: 'is not valid UTF-8' }], 'malformed_json', 400);
  }
}
