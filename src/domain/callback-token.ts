/**
 * The token with which a function sends callbacks for one attempt. It consists of its expiry and an HMAC over attempt
 * and expiry, so the ledger need not store it. It authorizes nothing else.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AttemptKey } from './execution.ts';

/** @returns `SECONDS.MAC`, safe in a header */
export function callbackToken(secret: string, attempt: AttemptKey, expiresAt: Date): string {
  const expiry = String(Math.ceil(expiresAt.getTime() / 1_000));
  return `${expiry}.${macOf(secret, attempt, expiry).toString('base64url')}`;
}

/** Checks a token. The result is `expired` only if the HMAC is correct. */
export function checkCallbackToken(
  secret: string,
  attempt: AttemptKey,
  token: string,
  now: Date,
): 'valid' | 'expired' | 'wrong' {
  const { expiry, mac } = /^(?<expiry>\d{1,15})\.(?<mac>[\w-]{43})$/.exec(token)?.groups ?? {};
  if (expiry === undefined || mac === undefined) return 'wrong';
  const genuine = timingSafeEqual(macOf(secret, attempt, expiry), Buffer.from(mac, 'base64url'));
  if (!genuine) return 'wrong';
  return Number(expiry) * 1_000 > now.getTime() ? 'valid' : 'expired';
}

function macOf(secret: string, { id, number }: AttemptKey, expiry: string): Buffer {
  return createHmac('sha256', secret).update(`${id}\n${number}\n${expiry}`).digest();
}
