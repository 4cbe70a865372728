import { setTimeout as sleep } from 'node:timers/promises';

/** Limits calls to a steady rate, first come first served, with a burst of up to one second's calls. */
export class RateLimit {
  readonly #gapMs: number;
  readonly #burstMs: number;
  /** when the next call would be due if calls came evenly (the generic cell rate algorithm), monotonic ms */
  #due = 0;

  constructor(perSecond: number) {
    this.#gapMs = 1000 / perSecond;
    this.#burstMs = 1000 - this.#gapMs;
  }

  /** Resolves when the caller may send its call. */
  async pass(): Promise<void> {
    const now = performance.now();
    const due = Math.max(this.#due, now);
    this.#due = due + this.#gapMs;
    const wait = due - this.#burstMs - now;
    if (wait > 0) await sleep(wait);
  }
}
