import { setTimeout as sleep } from 'node:timers/promises';

/** Limits calls to a steady rate, first come first served, with a burst of up to one second's calls. */
export class RateLimit {
  readonly #gapMs: number;
  readonly #burstMs: number;
  /** when the next call is due if calls are spread evenly, in monotonic ms (the generic cell rate algorithm) */
  #due = 0;

  constructor(perSecond: number) {
    this.#gapMs = 1000 / perSecond;
    this.#burstMs = 1000 - this.#gapMs;
  }

  /** Waits until the caller may send its call. */
  async pass(): Promise<void> {
    const now = performance.now();
    const due = Math.max(this.#due, now);
    this.#due = due + this.#gapMs;
    const wait = due - this.#burstMs - now;
    if (wait > 0) await sleep(wait);
  }
}
