import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { BridgeError } from '../domain/errors.ts';

export interface Token {
  /** who holds it; appears in logs */
  name: string;
  token: string;
}

/** Lets requests with a known bearer token pass. Without any token configured everyone passes: loopback only. */
export function requireToken(tokens: readonly Token[]): RequestHandler {
  const known = tokens.map(({ token }) => digest(token));
  return (request, response, next) => {
    if (known.length === 0) return next();
    const given = bearerOf(request);
    if (given !== undefined && known.some((one) => timingSafeEqual(one, digest(given)))) return next();
    response.setHeader('WWW-Authenticate', 'Bearer');
    throw new BridgeError(
      'unauthorized',
      401,
      given === undefined
        ? 'This call needs a token: send the header Authorization: Bearer TOKEN.'
        : 'This token is not known to the bridge.',
    );
  };
}

export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Hashes have one length, as timingSafeEqual needs. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
