import type { Request, RequestHandler, Response } from 'express';
import { type AttemptReport, readReport } from '../contract/callback.ts';
import { type AttemptKey, judgeCallbackToken } from '../domain/callback-token.ts';
import { BridgeError } from '../domain/errors.ts';
import type { CallbackAnswer } from '../lifecycle/callbacks.ts';
import { bearerOf } from './auth.ts';
import { bodyText } from './body.ts';

/** What functions report of their own attempts. */
export function callbackHandlers(
  take: (attempt: AttemptKey, report: AttemptReport) => Promise<CallbackAnswer>,
) {
  return {
    async reportAttempt(request: Request, response: Response) {
      response.json(await take(attemptOf(response), readReport(bodyText(request))));
    },
  };
}

/** Lets a function pass that holds the token of its attempt. */
export function requireCallbackToken(secret: string | undefined): RequestHandler {
  return (request, response, next) => {
    const verdict =
      secret === undefined
        ? 'wrong'
        : judgeCallbackToken(secret, attemptOf(response), bearerOf(request) ?? '', new Date());
    if (verdict === 'valid') return next();
    response.setHeader('WWW-Authenticate', 'Bearer');
    throw new BridgeError(
      verdict === 'expired' ? 'token_expired' : 'unauthorized',
      401,
      verdict === 'expired'
        ? "This attempt's token has expired: the bridge takes no report of it any more."
        : "This call needs the attempt's own token: send the header Authorization: Bearer TOKEN, with " +
            'bridge.reply.callback.token of its event.',
    );
  };
}

function attemptOf(response: Response): AttemptKey {
  const { id, attempt } = response.locals['params'] as { id: string; attempt: number };
  return { id, number: attempt };
}
