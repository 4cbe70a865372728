import { LRUCache } from 'lru-cache';

export interface Loaded<T> {
  value: T;
  keepMs: number;
  /** how long after `keepMs` the old value is still returned while one call renews it; default 0 */
  staleMs?: number;
}

interface CacheEntry<T> {
  value: T;
  /** times of performance.now(): renewed after `expires`, and no longer returned after `unusable` */
  expires: number;
  unusable: number;
}

/**
 * Keeps a limited number of loaded values, each for a limited time. If several callers ask for the same key at the same
 * time, the value is loaded once for all of them.
 */
export class SharedCache<T> {
  readonly #entries: LRUCache<string, CacheEntry<T>, () => Promise<Loaded<T>>>;

  constructor(capacity: number) {
    this.#entries = new LRUCache({
      max: capacity,
      noDeleteOnFetchRejection: true,
      fetchMethod: async (_key, _stale, { context: load }) => toEntry(await load()),
    });
  }

  /** `load` returns the value and how many milliseconds it may be kept. Errors are not kept. */
  async get(key: string, load: () => Promise<Loaded<T>>): Promise<T> {
    const kept = this.#entries.peek(key, { allowStale: true });
    const now = performance.now();
    const entry = await this.#entries.fetch(key, {
      context: load,
      forceRefresh: kept === undefined || kept.expires <= now,
      allowStale: kept !== undefined && kept.unusable > now,
    });
    if (!entry) throw new Error('The cache was cleared while it loaded.');
    return entry.value;
  }
}

function toEntry<T>({ value, keepMs, staleMs = 0 }: Loaded<T>): CacheEntry<T> {
  const expires = performance.now() + keepMs;
  return { value, expires, unusable: expires + staleMs };
}
