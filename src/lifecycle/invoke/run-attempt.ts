/** Runs one attempt from its claim to Lambda's answer. The only place that sends Invoke. */
import type { Logger } from 'pino';
import type { FunctionFacts, FunctionReader } from '../../aws/function-reader.ts';
import type { InvokeAnswer } from '../../aws/invoke-answer.ts';
import type { InvokeRequest, LambdaInvoker } from '../../aws/lambda-invoker.ts';
import type { Channel } from '../../completion/channel.ts';
import type { Limits } from '../../config/limits.ts';
import { type Backoff, backoffMs } from '../../domain/backoff.ts';
import { LATEST } from '../../domain/function-name.ts';
import { traceRoot } from '../../domain/id.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import type { GroupedWrites } from '../../ledger/grouped-writes.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { ClaimedAttempt } from '../../ledger/records.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { doubtWindow } from '../follow/doubt-window.ts';
import type { Settle } from '../settle/settle.ts';
import type { Staging } from '../staging.ts';
import { buildEvent } from './build-event.ts';
import { buildClientContext } from './client-context.ts';
import { startDurable } from './durable-start.ts';
import { retryWrite } from './retry-write.ts';

/** Time for Lambda's own overhead and a cold start beyond the function's timeout. */
const ANSWER_MARGIN_SECONDS = 20;
/** A synchronous Invoke of a durable function waits no longer: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html */
const LONGEST_HELD_SECONDS = 900;
/** Before an Invoke that Lambda refused is sent again. */
const REFUSED_PAUSE: Backoff = { firstMs: 1_000, maxMs: 60_000, jitter: 'full' };

/** If it took longer to prepare the Invoke request, check again before sending whether the attempt is still wanted. */
const STALE_MS = 1_000;

interface AttemptDeps {
  ledger: Ledger;
  /** the memory of large payloads */
  budget: ByteBudget;
  writes: GroupedWrites;
  invoker: LambdaInvoker;
  functions: FunctionReader;
  channels: readonly Channel[];
  staging: Staging;
  settle: Settle;
  limits: Limits;
  log: Logger;
}

export class AttemptRunner {
  readonly #deps: AttemptDeps;

  constructor(deps: AttemptDeps) {
    this.#deps = deps;
  }

  /** Never throws for anything that happens after Invoke was sent: that is always recorded in the ledger. */
  async run(attempt: ClaimedAttempt): Promise<void> {
    const began = performance.now();
    if (attempt.payload !== null || attempt.payloadBytes === 0) return this.#run(attempt, began);
    const { budget, ledger, log } = this.#deps;
    const memory = await budget.take(attempt.payloadBytes);
    try {
      const payload = await retryWrite(() => ledger.readPayload(attempt.id), log);
      if (!payload) throw new Error('The payload is not in the ledger any more.');
      await this.#run({ ...attempt, payload }, began);
    } finally {
      memory?.release();
    }
  }

  async #run(attempt: ClaimedAttempt, began: number): Promise<void> {
    const { functions, staging, channels, log } = this.#deps;
    const attemptLog = log.child({ execution_id: attempt.id, attempt: attempt.number });
    // describe() assumes Lambda's maxima when it cannot read. If the event cannot be built, nothing is sent.
    const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
    const payload = await buildEvent(attempt, staging, channels).catch((error: Error) => error);
    const stale = performance.now() - began > STALE_MS;
    // Repeated while the ledger is unavailable. If this gave up, the attempt would end as lost, although nothing was sent.
    const unwanted = stale && !(await retryWrite(() => this.#isWanted(attempt), attemptLog));
    if (unwanted) return retryWrite(() => this.#drop(attempt), attemptLog);
    const answer =
      payload instanceof Error ? notSent(payload) : await this.#start(attempt, payload, facts, attemptLog);
    logAnswer(attemptLog, attempt.function, answer);
    await retryWrite(() => this.#record(attempt, answer, facts), attemptLog);
  }

  #isWanted(attempt: ClaimedAttempt): Promise<boolean> {
    return this.#deps.ledger.isWanted(attempt);
  }

  /** Its execution was cancelled, or passed its deadline, before anything was sent. */
  #drop({ id, number }: ClaimedAttempt): Promise<void> {
    const message = 'The execution ended while the invocation was being prepared. Nothing was sent.';
    const error: ExecutionError = { kind: 'cancelled', message, retryable: true };
    return this.#deps.writes.requeue({ id, number, error, delaySeconds: 0 });
  }

  #start(
    attempt: ClaimedAttempt,
    payload: Uint8Array,
    facts: FunctionFacts,
    log: Logger,
  ): Promise<InvokeAnswer> {
    const request = this.#request(attempt, payload, facts);
    const send = () => this.#deps.invoker.invoke(request);
    // A name makes a second request safe only for a function that Lambda says is durable.
    if (facts.durableSeconds === undefined || request.durableExecutionName === undefined) return send();
    return startDurable(send, () => retryWrite(() => this.#isWanted(attempt), log));
  }

  #request(attempt: ClaimedAttempt, payload: Uint8Array, facts: FunctionFacts): InvokeRequest {
    const held = attempt.invocationType === 'RequestResponse';
    // A durable execution gets a name even if no channel of the attempt needs one: it lets a start whose answer was lost be repeated.
    const naming = facts.durableSeconds === undefined ? this.#channelsOf(attempt) : this.#deps.channels;
    const startName = naming.find((channel) => channel.startName)?.startName?.(attempt);
    const durable = startName !== undefined || facts.durableSeconds !== undefined;
    const qualifier = attempt.qualifier ?? (durable ? LATEST : undefined);
    return {
      function: attempt.function,
      ...(qualifier === undefined ? {} : { qualifier }),
      invocationType: attempt.invocationType,
      // The tail costs nothing and has the billing figures, so every held invocation asks for it.
      logType: held ? 'Tail' : 'None',
      ...(held ? { clientContext: attempt.clientContext ?? buildClientContext(attempt) } : {}),
      ...(attempt.tenantId === null ? {} : { tenantId: attempt.tenantId }),
      payload,
      ...(startName === undefined ? {} : { durableExecutionName: startName }),
      traceHeader: traceHeader(attempt, facts),
      timeoutMs: ((held ? heldSeconds(facts) : 0) + ANSWER_MARGIN_SECONDS) * 1_000,
    };
  }

  #record(attempt: ClaimedAttempt, answer: InvokeAnswer, facts: FunctionFacts): Promise<void> {
    if (answer.type === 'answered') return this.#accept(attempt, answer, facts);
    if (answer.type === 'refused') return this.#refuse(attempt, answer);
    return this.#deps.writes.recordDoubt({
      id: attempt.id,
      number: attempt.number,
      code: 'response_lost',
      reason: answer.reason,
      requestId: answer.requestId ?? null,
      windowSeconds: doubtWindow(attempt.invocationType, facts, this.#deps.limits),
      expiredOnly: false,
    });
  }

  async #accept(attempt: ClaimedAttempt, answer: InvokeAnswer & { type: 'answered' }, facts: FunctionFacts) {
    const { writes, settle } = this.#deps;
    const own = this.#channelsOf(attempt);
    for (const channel of own) {
      const outcome = channel.readAnswer?.(answer);
      if (outcome) return settle(attempt, channel.name, outcome);
    }
    await writes.recordAccepted({
      id: attempt.id,
      number: attempt.number,
      requestId: answer.requestId ?? null,
      executedVersion: answer.executedVersion ?? null,
      durableExecutionArn: answer.durableExecutionArn ?? null,
      evidenceSeconds: Math.max(0, ...own.map((channel) => channel.evidenceSeconds?.(facts) ?? 0)),
    });
  }

  #channelsOf(attempt: ClaimedAttempt): Channel[] {
    return this.#deps.channels.filter((channel) => attempt.completion.includes(channel.name));
  }

  /** The function provably did not start: try again while there is time, else this is the outcome. */
  #refuse(attempt: ClaimedAttempt, answer: InvokeAnswer & { type: 'refused' }): Promise<void> {
    const { writes, limits, settle } = this.#deps;
    if (answer.retryable && attempt.startingSeconds < limits.throttledSeconds)
      return writes.requeue({
        id: attempt.id,
        number: attempt.number,
        error: answer.error,
        delaySeconds: (answer.retryAfterSeconds ?? 0) + backoffMs(attempt.number - 1, REFUSED_PAUSE) / 1_000,
      });
    return settle(attempt, 'invoke', { state: 'failed', error: answer.error });
  }
}

/**
 * Lambda follows the caller's sampling decision: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html. Each
 * recorded trace costs money, so `Sampled=1` asks for one only if the function's owner has turned tracing on.
 */
function traceHeader({ id, number }: ClaimedAttempt, { tracing }: FunctionFacts): string {
  return `Root=${traceRoot(id, number)}${tracing === 'Active' ? ';Sampled=1' : ''}`;
}

/** A durable execution is many invocations, each with the function's timeout. */
function heldSeconds({ timeoutSeconds, durableSeconds }: FunctionFacts): number {
  return durableSeconds === undefined ? timeoutSeconds : Math.min(durableSeconds, LONGEST_HELD_SECONDS);
}

/** The event could not be built. Nothing was sent, so trying again is safe. */
function notSent(cause: Error): InvokeAnswer {
  const error: ExecutionError = {
    kind: 'invoke_rejected',
    type: cause.name,
    message: `The staged payload could not be prepared: ${cause.message}`,
    retryable: true,
  };
  return { type: 'refused', retryable: true, error };
}

/** Logs only the type of an error: AWS's message may quote the payload. The execution has the full error. */
function logAnswer(log: Logger, fn: string, answer: InvokeAnswer): void {
  const fields = { answer: answer.type, function: fn };
  if (answer.type === 'answered') log.info(fields, 'invoked');
  else if (answer.type === 'in_doubt') log.warn(fields, "Lambda's answer was lost");
  else
    log.warn(
      { ...fields, error: answer.error.type ?? answer.error.kind },
      'Lambda did not start the function',
    );
}
