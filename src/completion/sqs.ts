/**
 * Follows Event invocations by the records that Lambda sends to the function's destinations or dead-letter queue, when
 * those are an SQS queue. A record is deleted after the ledger has it, so none is lost, and one may come twice.
 */
import type { Logger } from 'pino';
import type { FunctionReader } from '../aws/function-reader.ts';
import type { Queue } from '../aws/queue.ts';
import type { OpenAttempt, Warning } from '../domain/execution.ts';
import { type FunctionPolicy, policyFor } from '../domain/policy.ts';
import type { Channel, Finding } from './channel.ts';
import { evidenceWindow } from './evidence-window.ts';
import { QueueInbox } from './queue-inbox.ts';

interface Needs {
  /** one for each queue that a policy names */
  queues: readonly Queue[];
  policies: readonly FunctionPolicy[];
  functions: FunctionReader;
  log: Logger;
}

export function createSqsChannel({ queues, policies, functions, log }: Needs): Channel {
  const inboxes = queues.map((queue) => new QueueInbox(queue, log));
  const queueOf = (fn: string) => policyFor(policies, fn)?.queue;
  return {
    name: 'sqs',
    invocationTypes: ['Event'],
    defaultFor: ['Event'],
    // with only one of the two destinations the other ends would never be seen
    preferred: ({ destinations: sent }, { queue }) =>
      queue !== undefined && (!sent || (sent.onSuccess && sent.onFailure)),
    seesKilledFunction: true,
    // where the answer was lost after it had named the request
    settlesDoubt: true,
    evidenceSeconds: evidenceWindow,
    obstacle: (fn) => (queueOf(fn) === undefined ? NO_QUEUE : undefined),
    inboxes,
    async look(attempts) {
      const own = attempts.filter(({ completion }) => completion.includes('sqs'));
      return (await Promise.all(own.map(lookAt))).flat();
    },
  };

  /** Records come by themselves; a look only tells what keeps them from coming. */
  async function lookAt(attempt: OpenAttempt): Promise<Finding[]> {
    const url = queueOf(attempt.function);
    const inbox = inboxes.find(({ name }) => name === url);
    const trouble = inbox?.trouble;
    if (url === undefined)
      return [
        { attempt, warning: { code: 'queue_not_configured', message: `The sqs channel ${NO_QUEUE}.` } },
      ];
    // a record may lie in a queue that cannot be reached just now; nobody need do anything about that
    if (trouble?.retryable) return [{ attempt, pending: true }];
    const blind = trouble && { code: trouble.code, message: trouble.message };
    const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
    const warnings = [blind, missingDestination(attempt.function, url, facts.destinations)];
    const told = warnings.filter((one) => one !== undefined).map((warning) => ({ attempt, warning }));
    // after a pause of the bridge the record may still lie behind others
    const waits = attempt.lastLook && !blind && inbox?.hasBacklog;
    return waits ? [...told, { attempt, pending: true }] : told;
  }
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
      `${fn} has no ${missing} destination, so Lambda will not tell ${url} of such an end. ` +
      'Set it with lambda:PutFunctionEventInvokeConfig, for the qualifier that is invoked.',
  };
}
