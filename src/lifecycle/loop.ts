import type { Logger } from 'pino';

/**
 * Repeats one piece of work: never twice at once, again after `intervalMs`, or earlier when nudged. A nudge only reduces
 * latency; the interval finds the same work. An error is logged, and the next round tries again.
 */
export class Loop {
  readonly #name: string;
  readonly #work: () => Promise<unknown>;
  readonly #intervalMs: number;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #started = false;

  constructor(name: string, work: () => Promise<unknown>, intervalMs: number, log: Logger) {
    this.#name = name;
    this.#work = work;
    this.#intervalMs = intervalMs;
    this.#log = log;
  }

  start(): void {
    this.#started = true;
    this.nudge();
  }

  /** Waits for the current round. */
  async stop(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await this.#running;
  }

  nudge(): void {
    if (!this.#started) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#round();
  }

  async #round(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      this.#log.error({ err: error, loop: this.#name }, 'a round failed; the next one tries again');
    }
    this.#running = undefined;
    if (!this.#started) return;
    if (this.#again) {
      this.#again = false;
      this.nudge();
    } else {
      this.#timer = setTimeout(() => this.nudge(), this.#intervalMs);
    }
  }
}
