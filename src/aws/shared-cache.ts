/** Keeps answers for a while, bounded in number; callers that ask for the same at the same time share one call. */
export class SharedCache<T> {
  readonly #capacity: number;
  readonly #entries = new Map<string, { value: Promise<T>; expires: number }>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `load` says how long its answer may be kept, in milliseconds; what it throws is not kept. */
  get(key: string, load: () => Promise<{ value: T; keepMs: number }>): Promise<T> {
    const kept = this.#entries.get(key);
    if (kept && kept.expires > performance.now()) return kept.value;
    const loading = load();
    const entry = { value: loading.then(({ value }) => value), expires: Number.POSITIVE_INFINITY };
    loading.then(
      ({ keepMs }) => {
        entry.expires = performance.now() + keepMs;
      },
      () => {
        entry.expires = 0;
      },
    );
    this.#store(key, entry);
    return entry.value;
  }

  #store(key: string, entry: { value: Promise<T>; expires: number }): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    // a Map remembers the order of insertion, so the first key is the oldest
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#capacity && oldest !== undefined) this.#entries.delete(oldest);
  }
}
