import type { Request } from 'express';
import { type AttemptCallback, readCallback } from '../contract/callback.ts';
import { checkCallbackToken } from '../domain/callback-token.ts';
import { BridgeError } from '../domain/errors.ts';
import type { AttemptKey } from '../domain/execution.ts';
import type { CallbackAnswer } from '../lifecycle/follow/process-callback.ts';
import { bearerOf } from './auth.ts';
import type { Handlers } from './handler.ts';

/**
 * Callbacks of functions about their own attempts.
 * @param secret signs the tokens; if absent, every token is refused
 */
export function callbackHandlers(
  secret: string | undefined,
  process: (attempt: AttemptKey, callback: AttemptCallback) => Promise<CallbackAnswer>,
): Pick<Handlers, 'reportAttempt'> {
  return {
    async reportAttempt({ params: { id, attempt }, request, readBody }) {
      const key = { id, number: attempt };
      // The token is checked before the body is read, so that nobody without a token can send the bridge a large body.
      requireCallbackToken(secret, key, request);
      const { text, memory } = await readBody();
      try {
        return { status: 200, json: { ...(await process(key, readCallback(text))) } };
      } finally {
        memory.release();
      }
    },
  };
}

/** @throws BridgeError unless the request has the token of its attempt */
function requireCallbackToken(secret: string | undefined, attempt: AttemptKey, request: Request): void {
  const result =
    secret === undefined ? 'wrong' : checkCallbackToken(secret, attempt, bearerOf(request) ?? '', new Date());
  if (result === 'expired')
    throw new BridgeError(
      'token_expired',
      401,
      "This attempt's token has expired, so the bridge accepts no more callbacks for it.",
    );
  if (result === 'wrong')
    throw new BridgeError(
      'unauthorized',
      401,
      "This call needs the attempt's own token: send the header Authorization: Bearer TOKEN, with " +
        'bridge.reply.callback.token of its event.',
    );
}
