export interface Loaded<T> {
  value: T;
  keepMs: number;
  /** for how long after that it is still handed out, while one caller's request renews it; 0 when absent */
  staleMs?: number;
}

interface Entry<T> {
  value: Promise<T>;
  /** by performance.now(): it is renewed after the first, and no answer any more after the second */
  expires: number;
  unusable: number;
}

/** Keeps answers for a while, bounded in number; callers that ask for the same at the same time share one call. */
export class SharedCache<T> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `load` says how long its answer may be kept, in milliseconds; what it throws is not kept. */
  get(key: string, load: () => Promise<Loaded<T>>): Promise<T> {
    const kept = this.#entries.get(key);
    const now = performance.now();
    if (kept && kept.expires > now) return kept.value;
    const loading = load();
    const value = loading.then((loaded) => loaded.value);
    // Whoever waits for it sees the failure; where a stale answer is handed out, nobody does.
    value.catch(() => undefined);
    const stale = kept && kept.unusable > now ? kept : undefined;
    const entry = stale ?? { value, expires: 0, unusable: 0 };
    entry.expires = Number.POSITIVE_INFINITY;
    loading.then(
      ({ keepMs, staleMs = 0 }) => {
        entry.value = value;
        entry.expires = performance.now() + keepMs;
        entry.unusable = entry.expires + staleMs;
      },
      () => {
        entry.expires = 0;
      },
    );
    this.#store(key, entry);
    return entry.value;
  }

  #store(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    // a Map remembers the order of insertion, so the first key is the oldest
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#capacity && oldest !== undefined) this.#entries.delete(oldest);
  }
}
