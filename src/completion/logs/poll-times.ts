/** When polls for attempts make sense, by what this replica has seen of their functions and of their runs. */
import { LRUCache } from 'lru-cache';
import { nextPollAge } from '../../domain/end-likelihood.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { HintedAttempt } from '../channel.ts';

/** Functions whose ends are remembered, and how many of each: enough for a few kinds of payload. */
const FUNCTIONS = 2_000;
const ENDS = 20;
/** Attempts with a report that are not settled yet. A forgotten one is polled by what its function usually takes. */
const REPORTED = 10_000;

/** A report that Live Tail has shown is found by a search within a few seconds. */
const HINTED_MS = 30_000;

/** After the report of a run: lines may become visible until then, in epoch milliseconds; or something else is awaited. */
type Awaited = { wholeFrom: number } | 'more';

export class PollTimes {
  /** how old attempts were when the report of a run became visible, in seconds */
  readonly #ages = new LRUCache<string, number[]>({ max: FUNCTIONS });
  readonly #awaited = new LRUCache<string, Awaited>({ max: REPORTED });
  readonly #hinted = new LRUCache<string, true>({ max: REPORTED, ttl: HINTED_MS });

  learn(fn: string, age: number): void {
    this.#ages.set(fn, [age, ...this.agesOf(fn)].slice(0, ENDS));
  }

  agesOf(fn: string): readonly number[] {
    return this.#ages.get(fn) ?? [];
  }

  /** @param awaited what may still come of a run that is known; undefined where no run is */
  note(attempt: OpenAttempt, awaited: Awaited | undefined): void {
    if (awaited === undefined) this.#awaited.delete(keyOf(attempt));
    else {
      this.#awaited.set(keyOf(attempt), awaited);
      this.#hinted.delete(keyOf(attempt));
    }
  }

  /** A report that may be its own was seen outside of a poll. */
  hint(attempt: HintedAttempt): void {
    this.#hinted.set(keyOf(attempt), true);
  }

  /** Whether a poll will most likely tell more: a report was hinted at, or nothing but time was missing. */
  isPromising(attempt: OpenAttempt): boolean {
    const awaited = this.#awaited.get(keyOf(attempt));
    return this.#hinted.has(keyOf(attempt)) || (awaited !== undefined && awaited !== 'more');
  }

  /** See Channel. */
  nextPoll(attempt: OpenAttempt, polledAt: number, gap: number): number | undefined {
    if (this.#hinted.has(keyOf(attempt))) return polledAt === 0 ? 0 : polledAt + gap;
    const awaited = this.#awaited.get(keyOf(attempt));
    if (awaited === 'more' || attempt.lastPoll || attempt.requestId === null) return undefined;
    if (awaited === undefined) return nextPollAge(this.agesOf(attempt.function), polledAt, gap);
    return attempt.ageSeconds + Math.max(0, awaited.wholeFrom - Date.now()) / 1_000;
  }
}

function keyOf({ id, number }: HintedAttempt): string {
  return `${id} ${number}`;
}
