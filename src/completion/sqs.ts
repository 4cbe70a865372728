/**
 * Follows Event invocations by the records that Lambda sends to the function's destinations or dead-letter queue, where
 * those are an SQS queue. A record is deleted after the ledger has it: none is lost, and one may be received twice.
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
    // With only one of the two destinations, the bridge would never see the other kind of end.
    preferred: ({ destinations: sent }, { queue }) =>
      queue !== undefined && (!sent || (sent.onSuccess && sent.onFailure)),
    // By the request id, where Lambda had named it before the answer was lost, or by the trace root of the attempt.
    traits: { seesKilledFunction: true, settlesDoubt: true, withoutResult: false, needsEnvelope: false },
    evidenceSeconds: evidenceWindow,
    unavailableReason: (fn) => (queueOf(fn) === undefined ? NO_QUEUE : undefined),
    inboxes,
    async poll(attempts) {
      const own = attempts.filter(({ completion }) => completion.includes('sqs'));
      return (await Promise.all(own.map(pollAttempt))).flat();
    },
  };

  /** Records arrive through the inbox; a poll only reports what keeps them from arriving. */
  async function pollAttempt(attempt: OpenAttempt): Promise<Finding[]> {
    const url = queueOf(attempt.function);
    const inbox = inboxes.find(({ name }) => name === url);
    const error = inbox?.error;
    if (url === undefined)
      return [notVisible(attempt, { code: 'queue_not_configured', message: `The sqs channel ${NO_QUEUE}.` })];
    // The queue cannot be reached at the moment and may hold a record; nobody needs to act.
    if (error?.retryable) return [{ attempt, type: 'not_yet' }];
    const unreadable = error && { code: error.code, message: error.message };
    const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
    const warnings = [unreadable, missingDestination(attempt.function, url, facts.destinations)];
    const found = warnings.filter((one) => one !== undefined).map((warning) => notVisible(attempt, warning));
    // After a pause of the bridge the record may still wait behind others.
    const waits = attempt.lastPoll && !unreadable && inbox?.hasBacklog;
    return waits ? [...found, { attempt, type: 'not_yet' }] : found;
  }
}

/** A policy for several functions does not tell whose dead letter it is, which has no name of its own. */
function onlyFunctionOf(url: string, policies: readonly FunctionPolicy[]): string | undefined {
  const [policy, ...others] = policies.filter(({ queue }) => queue === url);
  return policy && others.length === 0 && !/[*?]/.test(policy.name) ? policy.name : undefined;
}

function notVisible(attempt: OpenAttempt, warning: Warning): Finding {
  return { attempt, type: 'not_visible', warning };
}

const NO_QUEUE = "needs a queue: set queue, the URL of the function's destination, in its function policy";

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
