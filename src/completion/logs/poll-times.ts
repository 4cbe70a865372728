/** When polls for attempts make sense, by what this replica has seen of their functions and of their runs. */
import { LRUCache } from 'lru-cache';
import { nextPollAge } from '../../domain/end-likelihood.ts';
import type { OpenAttempt } from '../../domain/execution.ts';

/** Functions whose ends are remembered, and how many of each: enough for a few kinds of payload. */
const FUNCTIONS = 2_000;
const ENDS = 20;
/** Attempts with a report that are not settled yet. A forgotten one is polled by what its function usually takes. */
const REPORTED = 10_000;

/** After the report of a run: lines may become visible until then, in epoch milliseconds; or something else is awaited. */
type Awaited = { wholeFrom: number } | 'more';

export class PollTimes {
  /** how old attempts were when the report of a run became visible, in seconds */
  readonly #ages = new LRUCache<string, number[]>({ max: FUNCTIONS });
  readonly #awaited = new LRUCache<string, Awaited>({ max: REPORTED });

  learn(fn: string, age: number): void {
    this.#ages.set(fn, [age, ...this.agesOf(fn)].slice(0, ENDS));
  }

  agesOf(fn: string): readonly number[] {
    return this.#ages.get(fn) ?? [];
  }

  /** @param awaited what may still come of a run that is known; undefined where no run is */
  note(attempt: OpenAttempt, awaited: Awaited | undefined): void {
    if (awaited === undefined) this.#awaited.delete(keyOf(attempt));
    else this.#awaited.set(keyOf(attempt), awaited);
  }

  /** Whether nothing but the time was missing to tell how the attempt ended. */
  awaitsTime(attempt: OpenAttempt): boolean {
    const awaited = this.#awaited.get(keyOf(attempt));
    return awaited !== undefined && awaited !== 'more';
  }

  /** See Channel. */
  nextPoll(attempt: OpenAttempt, polledAt: number, gap: number): number | undefined {
    const awaited = this.#awaited.get(keyOf(attempt));
    if (awaited === 'more' || attempt.lastPoll || attempt.requestId === null) return undefined;
    if (awaited === undefined) return nextPollAge(this.agesOf(attempt.function), polledAt, gap);
    return attempt.ageSeconds + Math.max(0, awaited.wholeFrom - Date.now()) / 1_000;
  }
}

function keyOf({ id, number }: OpenAttempt): string {
  return `${id} ${number}`;
}
