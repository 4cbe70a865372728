/** Lambda's queue of asynchronous events: runs each event and retries failed and throttled ones. */
import { performance } from 'node:perf_hooks';
import { AwsError } from '../api/aws-error.ts';
import type { EventCondition, EventRecord, Invocation, InvocationResult } from '../model.ts';
import type { InvocationRunner } from '../runtime/invocation-runner.ts';
import type { Destinations } from './destinations.ts';
import type { EventInvokeConfigs } from './event-invoke-config.ts';

interface QueuedEvent {
  invocation: Invocation;
  qualifier: string | null;
  acceptedAt: number;
  runs: number;
  /** the result of the last run; null if there was none */
  result: InvocationResult | null;
  throttles: number;
  /** the generation of the queue when the event was added; clear() starts a new one, and so discards older events */
  generation: number;
}

export interface QueueDelays {
  /** delays before the first, second, … retry after a function error; the last one also applies to all later retries */
  retrySeconds: number[];
  /** delay after a throttle; it is doubled each time, up to five minutes */
  throttleSeconds: number;
}

const MAX_THROTTLE_SECONDS = 300;

export class EventQueue {
  readonly #runner: InvocationRunner;
  readonly #configs: EventInvokeConfigs;
  readonly #delays: QueueDelays;
  readonly #destinations: Destinations;
  readonly #onEventEnd: (record: EventRecord) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #generation = 0;
  #stopped = false;

  constructor(
    runner: InvocationRunner,
    configs: EventInvokeConfigs,
    destinations: Destinations,
    delays: QueueDelays,
    onEventEnd: (record: EventRecord) => void,
  ) {
    this.#runner = runner;
    this.#configs = configs;
    this.#delays = delays;
    this.#destinations = destinations;
    this.#onEventEnd = onEventEnd;
  }

  /** @param qualifier the requested qualifier, which selects the event-invoke configuration */
  add(invocation: Invocation, qualifier: string | null): void {
    const { fault, duplicateMs } = invocation.plan;
    // Lambda's queue may lose an event, or run it again although it succeeded:
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    if (fault === 'dropped_delivery') return;
    const event = {
      invocation,
      qualifier,
      acceptedAt: performance.now(),
      runs: 0,
      result: null,
      throttles: 0,
    };
    this.#schedule({ ...event, generation: this.#generation }, 0);
    if (duplicateMs !== null) {
      this.#schedule({ ...event, generation: this.#generation }, duplicateMs / 1000);
    }
  }

  /** Discards all events, including those that are running. */
  clear(): void {
    this.#generation += 1;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Also discards queued events: they exist only in memory. */
  stop(): void {
    this.#stopped = true;
    this.clear();
  }

  #schedule(event: QueuedEvent, seconds: number): void {
    if (this.#isDiscarded(event)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#try(event);
    }, seconds * 1000);
    this.#timers.add(timer);
  }

  async #try(event: QueuedEvent): Promise<void> {
    const { settings } = event.invocation;
    if (settings.concurrency === 0) return this.#finish(event, 'ZeroReservedConcurrency');
    try {
      event.result = await this.#runner.run(event.invocation);
      event.runs += 1;
      if (event.result.errorType === null) return this.#finish(event, 'Success');
    } catch (error) {
      if (!(error instanceof AwsError && error.status === 429)) throw error;
      event.throttles += 1;
      return this.#retryLater(event, this.#throttleDelay(event));
    }
    const { retryAttempts } = this.#configs.effective(settings.name, event.qualifier);
    if (event.runs > retryAttempts) return this.#finish(event, 'RetriesExhausted');
    this.#retryLater(
      event,
      this.#delays.retrySeconds[event.runs - 1] ?? this.#delays.retrySeconds.at(-1) ?? 0,
    );
  }

  #throttleDelay({ throttles }: QueuedEvent): number {
    return Math.min(this.#delays.throttleSeconds * 2 ** (throttles - 1), MAX_THROTTLE_SECONDS);
  }

  /** Retries an event later. If it would be too old for its next try, it ends at once. */
  #retryLater(event: QueuedEvent, delaySeconds: number): void {
    const { eventAgeSeconds } = this.#configs.effective(event.invocation.settings.name, event.qualifier);
    const ageThen = (performance.now() - event.acceptedAt) / 1000 + delaySeconds;
    if (ageThen > eventAgeSeconds) this.#finish(event, 'EventAgeExceeded');
    else this.#schedule(event, delaySeconds);
  }

  /** Every event leaves the queue here. */
  #finish(event: QueuedEvent, condition: EventCondition): void {
    if (this.#isDiscarded(event)) return;
    const { invocation, qualifier, runs, result } = event;
    const { requestId, settings } = invocation;
    const { onSuccess, onFailure } = this.#configs.effective(settings.name, qualifier);
    const destination = condition === 'Success' ? onSuccess : onFailure;
    const end = { invocation, qualifier, condition, runs, result };
    this.#destinations.send(end, destination);
    if (condition !== 'Success' && settings.deadLetterQueue !== null) {
      this.#destinations.sendDeadLetter(end, settings.deadLetterQueue);
    }
    this.#onEventEnd({ requestId, functionName: settings.name, condition, invokeCount: runs });
  }

  #isDiscarded({ generation }: QueuedEvent): boolean {
    return this.#stopped || generation !== this.#generation;
  }
}
