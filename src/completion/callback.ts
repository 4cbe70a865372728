/** The function reports by itself, to a URL and with a token that the envelope gives it: http/callbacks.ts takes it. */
import type { FunctionFacts } from '../aws/function-reader.ts';
import { callbackToken } from '../domain/callback-token.ts';
import { Unavailable } from '../domain/errors.ts';
import type { Channel } from './channel.ts';

/** The channel's name: what http receives counts for it. */
export const CALLBACK = 'callback';
/** Beyond the deadline: an Event may wait 6 h in Lambda's queue, and late evidence is worth keeping. */
const TOKEN_SECONDS = 24 * 3600;
/** For the report itself, with its retries. */
const MARGIN_SECONDS = 120;
/** Lambda's own pauses before it runs a failed Event again: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_PAUSES_SECONDS = 180;

export interface CallbackSettings {
  /** where functions reach the bridge, without a slash at the end */
  publicUrl: string | undefined;
  callbackSecret: string | undefined;
}

export function createCallbackChannel(settings: CallbackSettings): Channel {
  return {
    name: CALLBACK,
    invocationTypes: ['Event', 'RequestResponse'],
    defaultFor: [],
    seesKilledFunction: false,
    settlesDoubt: false,
    needsEnvelope: true,
    evidenceSeconds,
    obstacle: () => obstacleIn(settings),
    async replyTo({ id, number, deadlineAt }) {
      const { publicUrl, callbackSecret } = settings;
      // Submitted to a replica that is set up, run by one that is not: a function that cannot report must not start.
      if (publicUrl === undefined || callbackSecret === undefined)
        throw new Unavailable('callback_not_configured', `The callback channel ${obstacleIn(settings)}.`);
      const expiresAt = new Date((deadlineAt?.getTime() ?? Date.now()) + TOKEN_SECONDS * 1_000);
      return {
        url: `${publicUrl}/v1/callbacks/${id}/${number}`,
        token: callbackToken(callbackSecret, { id, number }, expiresAt),
      };
    },
  };
}

function obstacleIn({ publicUrl, callbackSecret }: CallbackSettings): string | undefined {
  if (publicUrl === undefined)
    return 'needs an address of the bridge that functions can reach: set BRIDGE_PUBLIC_URL';
  if (callbackSecret === undefined)
    return 'needs a secret to sign its tokens with: set BRIDGE_CALLBACK_SECRET, the same for every replica';
  return undefined;
}

/** After this no run of the function can be alive any more. */
function evidenceSeconds(facts: FunctionFacts): number {
  const running = (facts.retryAttempts + 1) * facts.timeoutSeconds + RETRY_PAUSES_SECONDS;
  return facts.maxEventAgeSeconds + running + MARGIN_SECONDS;
}
