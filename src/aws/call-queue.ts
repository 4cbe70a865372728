/**
 * Decides who sends the next call of a rate that many share. One place is reserved at a time, and given away only when it
 * comes, so that a call which has become urgent need not wait behind all others.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Of a poll. A call without a turn is that of a reader, who waits for the answer. */
export interface Turn {
  /** the call with the highest one is sent next, by what is known then */
  rank(): number;
  /** The call is sent now. */
  passed(): void;
  readonly signal: AbortSignal | undefined;
}

interface WaitingCall {
  turn: Turn | undefined;
  since: number;
  pass: () => void;
  fail: (error: unknown) => void;
}

/** A poll that has waited so long for one call gets the next place of those that have waited so long. */
const OVERDUE_MS = 30_000;

/** Places are given in turn to the most promising poll, the first reader, and the poll that has waited too long. */
const LINES: ((waiting: readonly WaitingCall[]) => WaitingCall | undefined)[] = [
  mostPromising,
  (waiting) => waiting.find(({ turn }) => turn === undefined),
  (waiting) =>
    waiting.find(({ turn, since }) => turn !== undefined && performance.now() - since > OVERDUE_MS),
];

export class CallQueue {
  readonly #takePlace: () => Promise<number>;
  readonly #shortestMs: number;
  #waiting: WaitingCall[] = [];
  #running = false;
  #line = 0;
  /** how long the last place took to come */
  #placeMs = 0;

  /** @param takePlace reserves the next place; returns in how many milliseconds it comes @param perSecond places at most */
  constructor(takePlace: () => Promise<number>, perSecond: number) {
    this.#takePlace = takePlace;
    this.#shortestMs = 1_000 / perSecond;
  }

  /** Resolves when the call may be sent. */
  pass(turn?: Turn): Promise<void> {
    const passed = new Promise<void>((resolve, reject) => {
      const call = { turn, since: performance.now(), pass: resolve, fail: reject };
      const leave = () => {
        this.#remove(call);
        reject(turn?.signal?.reason);
      };
      if (turn?.signal?.aborted) return leave();
      turn?.signal?.addEventListener('abort', leave, { once: true });
      call.pass = () => {
        turn?.signal?.removeEventListener('abort', leave);
        turn?.passed();
        resolve();
      };
      this.#waiting.push(call);
    });
    if (!this.#running) void this.#run();
    return passed;
  }

  /** How long a reader that comes now would wait, in milliseconds. */
  readerMs(): number {
    const readers = this.#waiting.filter(({ turn }) => turn === undefined).length;
    const lines = LINES.filter((first) => first(this.#waiting) !== undefined).length;
    return readers * lines * Math.max(this.#placeMs, this.#shortestMs);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const began = performance.now();
      try {
        const waitMs = await this.#takePlace();
        if (waitMs > 0) await sleep(waitMs);
      } catch (error) {
        for (const call of this.#waiting.splice(0)) call.fail(error);
        break;
      }
      this.#placeMs = performance.now() - began;
      const next = this.#next();
      if (next) {
        this.#remove(next);
        next.pass();
      }
    }
    this.#running = false;
  }

  #next(): WaitingCall | undefined {
    for (const _ of LINES) {
      const next = LINES[this.#line]?.(this.#waiting);
      this.#line = (this.#line + 1) % LINES.length;
      if (next) return next;
    }
    return undefined;
  }

  #remove(call: WaitingCall): void {
    this.#waiting = this.#waiting.filter((one) => one !== call);
  }
}

function mostPromising(waiting: readonly WaitingCall[]): WaitingCall | undefined {
  let [best, highest]: [WaitingCall | undefined, number] = [undefined, Number.NEGATIVE_INFINITY];
  for (const call of waiting) {
    const rank = call.turn?.rank();
    if (rank !== undefined && rank > highest) [best, highest] = [call, rank];
  }
  return best;
}
