/** One attempt from its claim to what Lambda answered: the only place that sends Invoke. */
import type { Logger } from 'pino';
import type { FunctionFacts, FunctionReader } from '../aws/function-reader.ts';
import type { InvokeAnswer } from '../aws/invoke-answer.ts';
import type { InvokeRequest, LambdaInvoker } from '../aws/lambda-invoker.ts';
import type { Channel } from '../completion/channel.ts';
import { LATEST } from '../domain/function-name.ts';
import { traceRoot } from '../domain/id.ts';
import type { ExecutionError } from '../domain/outcome.ts';
import type { Database } from '../ledger/database.ts';
import { type ClaimedAttempt, isWanted, recordAccepted, recordDoubt, requeue } from '../ledger/dispatch.ts';
import { contextOf } from './client-context.ts';
import { doubtWindow } from './doubt-window.ts';
import { eventOf } from './event.ts';
import type { Limits } from './limits.ts';
import { startUnderName } from './named-start.ts';
import { untilWritten } from './persist.ts';
import type { Settle } from './settle.ts';
import type { Staging } from './staging.ts';

/** Time for Lambda's own overhead and a cold start beyond the function's timeout. */
const ANSWER_MARGIN_SECONDS = 20;
/** A synchronous Invoke of a durable function waits no longer: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html */
const LONGEST_HELD_SECONDS = 900;
/** The longest pause between two starts that Lambda refused. */
const LONGEST_PAUSE_SECONDS = 60;

/** Made ready in less, an attempt is as wanted as when it was claimed; the look would only cost time. */
const STALE_MS = 1_000;

interface Needs {
  db: Database;
  invoker: LambdaInvoker;
  functions: FunctionReader;
  channels: readonly Channel[];
  staging: Staging;
  settle: Settle;
  limits: Limits;
  log: Logger;
}

export class AttemptRunner {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Never throws for what happens after Invoke was sent: that always ends in the ledger. */
  async run(attempt: ClaimedAttempt): Promise<void> {
    const { functions, staging, channels, log } = this.#needs;
    const began = performance.now();
    const bound = log.child({ execution_id: attempt.id, attempt: attempt.number });
    // describe answers Lambda's maxima when it cannot read; the event may fail to be made: then nothing is sent.
    const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
    const payload = await eventOf(attempt, staging, channels).catch((error: Error) => error);
    const stale = performance.now() - began > STALE_MS;
    // An attempt that is forgotten here would be in doubt, and then lost, although nothing was sent.
    const unwanted = stale && !(await untilWritten(() => this.#isWanted(attempt), bound));
    if (unwanted) return untilWritten(() => this.#drop(attempt), bound);
    const answer =
      payload instanceof Error ? notSent(payload) : await this.#start(attempt, payload, facts, bound);
    logAnswer(bound, attempt.function, answer);
    await untilWritten(() => this.#record(attempt, answer, facts), bound);
  }

  #isWanted({ id, number }: ClaimedAttempt): Promise<boolean> {
    return isWanted(this.#needs.db, id, number);
  }

  /** Cancelled, or past its deadline, while it was made ready: nothing was sent. */
  #drop({ id, number }: ClaimedAttempt): Promise<void> {
    const message = 'Its execution ended while the invocation was made ready: nothing was sent.';
    const error: ExecutionError = { kind: 'cancelled', message, retryable: true };
    return requeue(this.#needs.db, id, number, { error, delaySeconds: 0 });
  }

  #start(attempt: ClaimedAttempt, payload: string, facts: FunctionFacts, log: Logger): Promise<InvokeAnswer> {
    const request = this.#request(attempt, payload, facts);
    const send = () => this.#needs.invoker.invoke(request);
    // Only where Lambda has said that the function is a durable one does a name make a second request safe.
    if (facts.durableSeconds === undefined || request.durableExecutionName === undefined) return send();
    return startUnderName(send, () => untilWritten(() => this.#isWanted(attempt), log));
  }

  #request(attempt: ClaimedAttempt, payload: string, facts: FunctionFacts): InvokeRequest {
    const held = attempt.invocationType === 'RequestResponse';
    // A durable execution that nobody follows by its name needs one too: only by it a lost answer can be settled.
    const naming = facts.durableSeconds === undefined ? this.#own(attempt) : this.#needs.channels;
    const startName = naming.find((channel) => channel.startName)?.startName?.(attempt);
    const durable = startName !== undefined || facts.durableSeconds !== undefined;
    const qualifier = attempt.qualifier ?? (durable ? LATEST : undefined);
    return {
      function: attempt.function,
      ...(qualifier === undefined ? {} : { qualifier }),
      invocationType: attempt.invocationType,
      // The tail costs nothing and holds the billing figures, so every held invocation asks for it.
      logType: held ? 'Tail' : 'None',
      ...(held ? { clientContext: attempt.clientContext ?? contextOf(attempt) } : {}),
      payload,
      ...(startName === undefined ? {} : { durableExecutionName: startName }),
      traceHeader: `Root=${traceRoot(attempt.id, attempt.number)}`,
      timeoutMs: ((held ? heldSeconds(facts) : 0) + ANSWER_MARGIN_SECONDS) * 1_000,
    };
  }

  #record(attempt: ClaimedAttempt, answer: InvokeAnswer, facts: FunctionFacts): Promise<void> {
    if (answer.type === 'answered') return this.#accept(attempt, answer, facts);
    if (answer.type === 'refused') return this.#refuse(attempt, answer);
    return recordDoubt(this.#needs.db, attempt.id, attempt.number, {
      reason: answer.reason,
      requestId: answer.requestId ?? null,
      windowSeconds: doubtWindow(attempt.invocationType, facts, this.#needs.limits),
      expiredOnly: false,
    });
  }

  async #accept(attempt: ClaimedAttempt, answer: InvokeAnswer & { type: 'answered' }, facts: FunctionFacts) {
    const { db, settle } = this.#needs;
    const own = this.#own(attempt);
    for (const channel of own) {
      const outcome = channel.readReply?.(answer);
      if (outcome) return settle(attempt, channel.name, outcome);
    }
    await recordAccepted(db, attempt.id, attempt.number, {
      requestId: answer.requestId ?? null,
      executedVersion: answer.executedVersion ?? null,
      durableExecutionArn: answer.durableExecutionArn ?? null,
      evidenceSeconds: Math.max(0, ...own.map((channel) => channel.evidenceSeconds?.(facts) ?? 0)),
    });
  }

  #own(attempt: ClaimedAttempt): Channel[] {
    return this.#needs.channels.filter((channel) => attempt.completion.includes(channel.name));
  }

  /** What provably did not start is tried again while there is time for it, else it is the outcome. */
  #refuse(attempt: ClaimedAttempt, answer: InvokeAnswer & { type: 'refused' }): Promise<void> {
    const { db, limits, settle } = this.#needs;
    if (answer.retryable && attempt.startingSeconds < limits.throttledSeconds)
      return requeue(db, attempt.id, attempt.number, {
        error: answer.error,
        delaySeconds: pauseSeconds(attempt.number, answer.retryAfterSeconds),
      });
    return settle(attempt, 'invoke', { state: 'failed', error: answer.error });
  }
}

/** A durable execution is many invocations, each with the function's timeout. */
function heldSeconds({ timeoutSeconds, durableSeconds }: FunctionFacts): number {
  return durableSeconds === undefined ? timeoutSeconds : Math.min(durableSeconds, LONGEST_HELD_SECONDS);
}

/** Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), not before Retry-After. */
function pauseSeconds(attempt: number, retryAfterSeconds = 0): number {
  const ceiling = Math.min(LONGEST_PAUSE_SECONDS, 0.5 * 2 ** Math.min(attempt, 10));
  return retryAfterSeconds + Math.random() * ceiling;
}

/** The staged payload could not be made ready: nothing was sent, so trying again is safe. */
function notSent(cause: Error): InvokeAnswer {
  const error: ExecutionError = {
    kind: 'invoke_rejected',
    type: cause.name,
    message: `The staged payload could not be made ready: ${cause.message}`,
    retryable: true,
  };
  return { type: 'refused', retryable: true, error };
}

/** AWS's own words may quote the payload, so only the type of an error is told; the execution has the whole. */
function logAnswer(log: Logger, fn: string, answer: InvokeAnswer): void {
  const told = { answer: answer.type, function: fn };
  if (answer.type === 'answered') log.info(told, 'invoked');
  else if (answer.type === 'in_doubt') log.warn(told, 'the answer of Lambda was lost');
  else log.warn({ ...told, error: answer.error.type ?? answer.error.kind }, 'Lambda did not start it');
}
