/**
 * Follows Event invocations by the records that Lambda sends to the function's destinations or dead-letter queue, if
 * they are an SQS queue. A record is deleted only when the outcome is in the ledger. So no record is lost, but the
 * bridge may receive one twice.
 */
import type { Logger } from 'pino';
import type { FunctionReader } from '../aws/function-reader.ts';
import type { Queue } from '../aws/queue.ts';
import type { OpenAttempt, Warning } from '../domain/execution.ts';
import { type FunctionPolicy, policyFor } from '../domain/policy.ts';
import type { Channel, Finding } from './channel.ts';
import { evidenceWindow } from './evidence-window.ts';
import { QueueInbox } from './queue-inbox.ts';

interface SqsChannelDeps {
  /** one for each queue that a policy names */
  queues: readonly Queue[];
  policies: readonly FunctionPolicy[];
  functions: FunctionReader;
  log: Logger;
}

export function createSqsChannel({ queues, policies, functions, log }: SqsChannelDeps): Channel {
  const inboxes = queues.map((queue) => new QueueInbox(queue, log, onlyFunctionOf(queue.url, policies)));
  const queueOf = (fn: string) => policyFor(policies, fn)?.queue;
  return {
    name: 'sqs',
    invocationTypes: ['Event'],
    defaultFor: ['Event'],
    // With only an on-failure destination, for example, the bridge would never see a success.
    preferred: ({ destinations: sent }, { queue }) =>
      queue !== undefined && (!sent || (sent.onSuccess && sent.onFailure)),
    // A record settles an attempt in doubt by the request id, if that is known, or by the attempt's trace root.
    traits: { seesKilledFunction: true, settlesDoubt: true, withoutResult: false, needsEnvelope: false },
    evidenceSeconds: evidenceWindow,
    unavailableReason: (fn) => (queueOf(fn) === undefined ? NO_QUEUE : undefined),
    inboxes,
    async poll(attempts) {
      const own = attempts.filter(({ completion }) => completion.includes('sqs'));
      return (await Promise.all(own.map(pollAttempt))).flat();
    },
  };

  /** The inbox receives the records. A poll only returns warnings about what prevents records from arriving. */
  async function pollAttempt(attempt: OpenAttempt): Promise<Finding[]> {
    const url = queueOf(attempt.function);
    const inbox = inboxes.find(({ name }) => name === url);
    const error = inbox?.error;
    if (url === undefined)
      return [notVisible(attempt, { code: 'queue_not_configured', message: `The sqs channel ${NO_QUEUE}.` })];
    // The queue cannot be reached at the moment and may contain a record. The error is temporary, so there is no
    // warning.
    if (error?.retryable) return [{ attempt, type: 'not_yet' }];
    const unreadable = error && { code: error.code, message: error.message };
    const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
    const warnings = [unreadable, missingDestination(attempt.function, url, facts.destinations)];
    const found = warnings.filter((one) => one !== undefined).map((warning) => notVisible(attempt, warning));
    // If the bridge did not receive for some time, the record may still be behind others in the queue.
    const waits = attempt.lastPoll && !unreadable && inbox?.hasBacklog;
    return waits ? [...found, { attempt, type: 'not_yet' }] : found;
  }
}

/**
 * The function to which every dead letter in the queue belongs. A dead letter does not name its function, so this is
 * known only if one policy uses the queue, and the policy is for a single function.
 */
function onlyFunctionOf(url: string, policies: readonly FunctionPolicy[]): string | undefined {
  const [policy, ...others] = policies.filter(({ queue }) => queue === url);
  return policy && others.length === 0 && !/[*?]/.test(policy.name) ? policy.name : undefined;
}

function notVisible(attempt: OpenAttempt, warning: Warning): Finding {
  return { attempt, type: 'not_visible', warning };
}

const NO_QUEUE = "needs a queue: in the function policy, set queue to the URL of the function's destination";

/** @param destinations undefined when the bridge may not read them */
function missingDestination(
  fn: string,
  url: string,
  destinations: { onSuccess: boolean; onFailure: boolean } | undefined,
): Warning | undefined {
  if (!destinations || (destinations.onSuccess && destinations.onFailure)) return undefined;
  const missing = [
    ...(destinations.onSuccess ? [] : ['on-success']),
    ...(destinations.onFailure ? [] : ['on-failure']),
  ].join(' and no ');
  return {
    code: 'destination_missing',
    message:
      `${fn} has no ${missing} destination, so Lambda will not report such an end to ${url}. ` +
      'Set it with lambda:PutFunctionEventInvokeConfig, for the qualifier that is invoked.',
  };
}
