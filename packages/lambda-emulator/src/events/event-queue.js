/** Lambda's own queue of asynchronous events: runs them, and tries again what failed. */
import { performance } from 'node:perf_hooks';
import { AwsError } from '../api/aws-error.js';

const LONGEST_THROTTLE_SECONDS = 300;
export class EventQueue {
  #runner;
  #configs;
  #delays;
  #destinations;
  #record;
  #timers = new Set();
  #generation = 0;
  #stopped = false;
  constructor(runner, configs, destinations, delays, record) {
    this.#runner = runner;
    this.#configs = configs;
    this.#delays = delays;
    this.#destinations = destinations;
    this.#record = record;
  }
  /** @param qualifier the one asked for: it selects the event-invoke configuration */
  add(invocation, qualifier) {
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
  clear() {
    this.#generation += 1;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
  /** Events still queued are gone: they live in this process only. */
  stop() {
    this.#stopped = true;
    this.clear();
  }
  #schedule(event, seconds) {
    if (this.#isForgotten(event)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#try(event);
    }, seconds * 1000);
    this.#timers.add(timer);
  }
  async #try(event) {
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
  #throttleDelay({ throttles }) {
    return Math.min(this.#delays.throttleSeconds * 2 ** (throttles - 1), LONGEST_THROTTLE_SECONDS);
  }
  /** An event that would be too old by then ends at once. */
  #tryLater(event, delaySeconds) {
    const { eventAgeSeconds } = this.#configs.effective(event.invocation.settings.name, event.qualifier);
    const ageThen = (performance.now() - event.acceptedAt) / 1000 + delaySeconds;
    if (ageThen > eventAgeSeconds) this.#conclude(event, 'EventAgeExceeded');
    else this.#schedule(event, delaySeconds);
  }
  /** The one place where an event leaves the queue. */
  #conclude(event, condition) {
    if (this.#isForgotten(event)) return;
    const { invocation, qualifier, runs, result } = event;
    const { requestId, settings } = invocation;
    const { onSuccess, onFailure } = this.#configs.effective(settings.name, qualifier);
    const destination = condition === 'Success' ? onSuccess : onFailure;
    this.#destinations.conclude({ invocation, qualifier, condition, runs, result }, destination);
    this.#record({ requestId, functionName: settings.name, condition, invokeCount: runs });
  }
  #isForgotten({ generation }) {
    return this.#stopped || generation !== this.#generation;
  }
}
//# sourceMappingURL=event-queue.js.map
