import { type ExecutionDetail, isTerminal } from '../../domain/execution.ts';

/** Ends a wait, with the ended execution where it is known. */
type Wake = (execution?: ExecutionDetail) => void;

/**
 * Requests that wait for executions to end. Together they cost one query per tick. An end that this replica settles wakes
 * its waiters at once.
 */
export class Waiters {
  readonly #waiting = new Map<string, Set<Wake>>();
  readonly #endedAmong: (ids: readonly string[]) => Promise<string[]>;

  constructor(endedAmong: (ids: readonly string[]) => Promise<string[]>) {
    this.#endedAmong = endedAmong;
  }

  /**
   * Returns when the execution has ended, after `ms`, or when the signal fires.
   *
   * @returns the ended execution if this replica settled it; without it, the caller must read which it was
   */
  wait(id: string, ms: number, signal: AbortSignal): Promise<ExecutionDetail | undefined> {
    if (ms <= 0 || signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(id) ?? new Set();
      const wake: Wake = (execution) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        waiters.delete(wake);
        if (waiters.size === 0) this.#waiting.delete(id);
        resolve(execution);
      };
      const giveUp = () => wake();
      const timer = setTimeout(giveUp, ms);
      signal.addEventListener('abort', giveUp);
      this.#waiting.set(id, waiters.add(wake));
    });
  }

  /** Wakes the waiters of these executions. @param execution the only one of them, as it is now */
  ended(ids: Iterable<string>, execution?: ExecutionDetail): void {
    for (const id of ids) for (const wake of [...(this.#waiting.get(id) ?? [])]) wake(execution);
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
export async function readWhenEnded(
  waiters: Waiters,
  id: string,
  ms: number,
  signal: AbortSignal,
  read: () => Promise<ExecutionDetail>,
): Promise<ExecutionDetail> {
  const over = new AbortController();
  const waited = waiters.wait(id, ms, AbortSignal.any([signal, over.signal]));
  try {
    const first = await read();
    if (isTerminal(first.state) || ms <= 0) return first;
    return (await waited) ?? (await read());
  } finally {
    over.abort();
  }
}
