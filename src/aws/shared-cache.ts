import { LRUCache } from 'lru-cache';

export interface Loaded<T> {
  value: T;
  keepMs: number;
  /** how long after `keepMs` it is still returned while one caller's request renews it; 0 when absent */
  staleMs?: number;
}

interface CacheEntry<T> {
  value: T;
  /** by performance.now(): renewed after `expires`, not returned any more after `unusable` */
  expires: number;
  unusable: number;
}

/** Keeps answers for a while, bounded in number. Callers that ask for the same at the same time share one call. */
export class SharedCache<T> {
  readonly #entries: LRUCache<string, CacheEntry<T>, () => Promise<Loaded<T>>>;

  constructor(capacity: number) {
    this.#entries = new LRUCache({
      max: capacity,
      noDeleteOnFetchRejection: true,
      fetchMethod: async (_key, _stale, { context: load }) => toEntry(await load()),
    });
  }

  /** `load` says how long its answer may be kept, in milliseconds. Errors are not kept. */
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
