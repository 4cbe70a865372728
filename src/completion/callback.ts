/**
 * The function sends its own outcome over HTTP. It finds URL and token in the envelope. http/callbacks.ts receives the
 * callback.
 */
import type { FunctionFacts } from '../aws/function-reader.ts';
import { callbackToken } from '../domain/callback-token.ts';
import { Unavailable } from '../domain/errors.ts';
import type { Channel } from './channel.ts';

/** The name of the channel, which http/ needs, too. */
export const CALLBACK = 'callback';
/**
 * How long a token is valid after the deadline. An Event may wait 6 h in Lambda's queue, and the ledger keeps late
 * outcomes.
 */
const TOKEN_SECONDS = 24 * 3600;
/** Time to send the callback, retries included. */
const MARGIN_SECONDS = 120;
/**
 * The sum of the two pauses after which Lambda runs a failed Event again:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
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
    traits: { seesKilledFunction: false, settlesDoubt: false, withoutResult: false, needsEnvelope: true },
    evidenceSeconds,
    unavailableReason: () => missingSetting(settings),
    async replyTo({ id, number, deadlineAt }) {
      const { publicUrl, callbackSecret } = settings;
      // The settings may be set on the replica that accepted the submit, but not on this one. A function that cannot
      // send its outcome must not start.
      if (publicUrl === undefined || callbackSecret === undefined)
        throw new Unavailable('callback_not_configured', `The callback channel ${missingSetting(settings)}.`);
      const expiresAt = new Date((deadlineAt?.getTime() ?? Date.now()) + TOKEN_SECONDS * 1_000);
      return {
        url: `${publicUrl}/v1/callbacks/${id}/${number}`,
        token: callbackToken(callbackSecret, { id, number }, expiresAt),
      };
    },
  };
}

function missingSetting({ publicUrl, callbackSecret }: CallbackSettings): string | undefined {
  if (publicUrl === undefined)
    return 'needs an address at which functions reach the bridge: set BRIDGE_PUBLIC_URL';
  if (callbackSecret === undefined)
    return 'needs a secret to sign its tokens with: set BRIDGE_CALLBACK_SECRET, the same for every replica';
  return undefined;
}

/** After this time, no run of the function can still be alive. */
function evidenceSeconds(facts: FunctionFacts): number {
  const running = (facts.retryAttempts + 1) * facts.timeoutSeconds + RETRY_PAUSES_SECONDS;
  return facts.maxEventAgeSeconds + running + MARGIN_SECONDS;
}
