import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Token } from '../config/token.ts';
import { BridgeError } from '../domain/errors.ts';

/**
 * Accepts requests with a known bearer token. If no token is configured, it accepts all requests; the bridge then
 * listens on loopback only.
 */
export function requireToken(tokens: readonly Token[]): RequestHandler {
  const known = tokens.map(({ token }) => digest(token));
  return (request, _response, next) => {
    if (known.length === 0) return next();
    const given = bearerOf(request);
    if (given !== undefined && known.some((one) => timingSafeEqual(one, digest(given)))) return next();
    throw new BridgeError(
      'unauthorized',
      401,
      given === undefined
        ? 'This call needs a token: send the header Authorization: Bearer TOKEN.'
        : 'The bridge does not know this token.',
    );
  };
}

export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The hash of a token. All hashes have the same length, which timingSafeEqual requires. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
