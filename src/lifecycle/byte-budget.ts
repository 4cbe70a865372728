/** Bytes of a budget, given back when nobody uses them any more. */
export interface HeldBytes {
  /** One more user, who calls release(), too. */
  retain(): HeldBytes;
  release(): void;
  /** Called after the last release. */
  onRelease(work: () => void): void;
}

/** For what is too small to count. */
export const NO_BYTES: HeldBytes = {
  retain: () => NO_BYTES,
  release: () => undefined,
  onRelease: () => undefined,
};

interface WaitingBytes {
  bytes: number;
  start: () => void;
}

/** Bounds the memory of large payloads that are on their way from a client to Lambda. First come, first served. */
export class ByteBudget {
  readonly #total: number;
  #used = 0;
  readonly #waiting = new Set<WaitingBytes>();

  constructor(total: number) {
    this.#total = total;
  }

  /**
   * Waits until there is room. More than the whole budget is given when nobody else uses any.
   *
   * @param waitMs absent: as long as it takes
   * @returns undefined when there was no room in time
   */
  take(bytes: number, waitMs?: number): Promise<HeldBytes | undefined> {
    if (this.#waiting.size === 0 && this.#fits(bytes)) return Promise.resolve(this.#hold(bytes));
    return new Promise((resolve) => {
      const waiting: WaitingBytes = {
        bytes,
        start: () => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve(this.#hold(bytes));
        },
      };
      const giveUp = () => {
        this.#waiting.delete(waiting);
        resolve(undefined);
        // Smaller ones behind it may fit.
        this.#startWaiting();
      };
      const timer = waitMs === undefined ? undefined : setTimeout(giveUp, waitMs);
      this.#waiting.add(waiting);
    });
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#total;
  }

  #hold(bytes: number): HeldBytes {
    this.#used += bytes;
    let users = 1;
    let freed = () => {};
    const held: HeldBytes = {
      onRelease: (work) => {
        freed = work;
      },
      retain: () => {
        users += 1;
        return held;
      },
      release: () => {
        users -= 1;
        if (users > 0) return;
        freed();
        this.#used -= bytes;
        this.#startWaiting();
      },
    };
    return held;
  }

  #startWaiting(): void {
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.bytes)) return;
      waiting.start();
    }
  }
}
