import type { Logger } from 'pino';

/**
 * Repeats one piece of work: never twice at once, again after `intervalMs`, earlier when nudged. A nudge is only a
 * latency hint; the interval is the truth. A fault is logged and the next round tries again.
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

  /** Ends after the round that runs now. */
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
