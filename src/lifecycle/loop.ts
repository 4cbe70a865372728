import type { Logger } from 'pino';

/**
 * Repeats one piece of work: `intervalMs` after the end of a round, or earlier if it is nudged. Rounds never overlap. A
 * nudge only saves time, because the next round would find the same work. If a round fails, the error is logged, and
 * the next round tries again.
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

  /** Starts no further round, and waits for the current one. */
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
