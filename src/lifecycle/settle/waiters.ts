import { isTerminal, type State } from '../../domain/execution.ts';

interface Waiter {
  wake: () => void;
}

/**
 * Requests that wait for executions to end. Together they cost one query per tick. An end that this replica settles wakes
 * its waiters at once.
 */
export class Waiters {
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #endedAmong: (ids: readonly string[]) => Promise<string[]>;

  constructor(endedAmong: (ids: readonly string[]) => Promise<string[]>) {
    this.#endedAmong = endedAmong;
  }

  /** Returns when the execution has ended, after `ms`, or when the signal fires. The caller checks which it was. */
  wait(id: string, ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(id) ?? new Set();
      const waiter = {
        wake: () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', waiter.wake);
          waiters.delete(waiter);
          if (waiters.size === 0) this.#waiting.delete(id);
          resolve();
        },
      };
      const timer = setTimeout(waiter.wake, ms);
      signal.addEventListener('abort', waiter.wake);
      this.#waiting.set(id, waiters.add(waiter));
    });
  }

  /** Wakes the waiters of these executions. */
  ended(ids: Iterable<string>): void {
    for (const id of ids) for (const waiter of [...(this.#waiting.get(id) ?? [])]) waiter.wake();
  }

  /** One query for all waiters; finds ends that other replicas settled. */
  async runOnce(): Promise<void> {
    if (this.#waiting.size > 0) this.ended(await this.#endedAmong([...this.#waiting.keys()]));
  }

  /** Wakes all waiters, because the service is stopping. */
  release(): void {
    this.ended([...this.#waiting.keys()]);
  }
}

/**
 * Reads an execution, and when it has not ended waits for that and reads it again. The wait begins before the first
 * read, so that an end between the two is not missed.
 */
export async function readWhenEnded<T extends { state: State }>(
  waiters: Waiters,
  id: string,
  ms: number,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const waited = waiters.wait(id, ms, AbortSignal.any([signal, over.signal]));
  try {
    const first = await read();
    if (isTerminal(first.state) || ms <= 0) return first;
    await waited;
    return await read();
  } finally {
    over.abort();
  }
}
