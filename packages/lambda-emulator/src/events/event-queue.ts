/** Lambda's own queue of asynchronous events: runs them, and tries again what failed. */
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
  /** of the last run */
  result: InvocationResult | null;
  throttles: number;
  /** of the queue when the event came; others are forgotten */
  generation: number;
}

export interface QueueDelays {
  /** before the first, second … further try after an error of the function; the last one holds for the rest */
  retrySeconds: number[];
  /** after a throttle; doubled each time up to five minutes */
  throttleSeconds: number;
}

const LONGEST_THROTTLE_SECONDS = 300;

export class EventQueue {
  readonly #runner: InvocationRunner;
  readonly #configs: EventInvokeConfigs;
  readonly #delays: QueueDelays;
  readonly #destinations: Destinations;
  readonly #record: (record: EventRecord) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #generation = 0;
  #stopped = false;

  constructor(
    runner: InvocationRunner,
    configs: EventInvokeConfigs,
    destinations: Destinations,
    delays: QueueDelays,
    record: (record: EventRecord) => void,
  ) {
    this.#runner = runner;
    this.#configs = configs;
    this.#delays = delays;
    this.#destinations = destinations;
    this.#record = record;
  }

  /** @param qualifier the one asked for: it selects the event-invoke configuration */
  add(invocation: Invocation, qualifier: string | null): void {
    const { fault, duplicateMs } = invocation.plan;
    // Lambda's queue may lose an event, or deliver it again without an error:
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

  /** Forgets all events, also those that run just now. */
  clear(): void {
    this.#generation += 1;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Events still queued are gone: they live in this process only. */
  stop(): void {
    this.#stopped = true;
    this.clear();
  }

  #schedule(event: QueuedEvent, seconds: number): void {
    if (this.#isForgotten(event)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#try(event);
    }, seconds * 1000);
    this.#timers.add(timer);
  }

  async #try(event: QueuedEvent): Promise<void> {
    const { settings } = event.invocation;
    if (settings.concurrency === 0) return this.#conclude(event, 'ZeroReservedConcurrency');
    try {
      event.result = await this.#runner.run(event.invocation);
      event.runs += 1;
      if (event.result.errorType === null) return this.#conclude(event, 'Success');
    } catch (error) {
      if (!(error instanceof AwsError && error.status === 429)) throw error;
      event.throttles += 1;
      return this.#tryLater(event, this.#throttleDelay(event));
    }
    const { retryAttempts } = this.#configs.effective(settings.name, event.qualifier);
    if (event.runs > retryAttempts) return this.#conclude(event, 'RetriesExhausted');
    this.#tryLater(event, this.#delays.retrySeconds[event.runs - 1] ?? this.#delays.retrySeconds.at(-1) ?? 0);
  }

  #throttleDelay({ throttles }: QueuedEvent): number {
    return Math.min(this.#delays.throttleSeconds * 2 ** (throttles - 1), LONGEST_THROTTLE_SECONDS);
  }

  /** An event that would be too old by then ends at once. */
  #tryLater(event: QueuedEvent, delaySeconds: number): void {
    const { eventAgeSeconds } = this.#configs.effective(event.invocation.settings.name, event.qualifier);
    const ageThen = (performance.now() - event.acceptedAt) / 1000 + delaySeconds;
    if (ageThen > eventAgeSeconds) this.#conclude(event, 'EventAgeExceeded');
    else this.#schedule(event, delaySeconds);
  }

  /** The one place where an event leaves the queue. */
  #conclude(event: QueuedEvent, condition: EventCondition): void {
    if (this.#isForgotten(event)) return;
    const { invocation, qualifier, runs, result } = event;
    const { requestId, settings } = invocation;
    const { onSuccess, onFailure } = this.#configs.effective(settings.name, qualifier);
    const destination = condition === 'Success' ? onSuccess : onFailure;
    this.#destinations.conclude({ invocation, qualifier, condition, runs, result }, destination);
    this.#record({ requestId, functionName: settings.name, condition, invokeCount: runs });
  }

  #isForgotten({ generation }: QueuedEvent): boolean {
    return this.#stopped || generation !== this.#generation;
  }
}
