import { LedgerUnavailable } from './ledger-unavailable.ts';

/** Batches under way at once: while one waits for the disk, the next is sent. More only make them smaller. */
const AT_ONCE = 2;
/** Items of one batch: a statement over more would keep its locks longer without being cheaper per item. */
const MOST_ITEMS = 200;
/** Of contents in one batch: SQLite writes it in one turn of the event loop, at about 15 ms for each MiB. */
const MOST_BYTES = 1024 * 1024;

interface BatchItem<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: items that arrive while writes are under way go into the next write together. Each caller gets its own
 * result or its own error. An item that arrives alone is written at once.
 */
export class Batcher<T, R> {
  readonly #write: (items: T[]) => Promise<R[]>;
  readonly #bytesOf: (item: T) => number;
  #waiting: BatchItem<T, R>[] = [];
  #underWay = 0;
  #scheduled = false;

  /**
   * @param write one transaction; the results in the order of the items
   * @param bytesOf the size of an item's contents, where they may be large
   */
  constructor(write: (items: T[]) => Promise<R[]>, bytesOf: (item: T) => number = () => 0) {
    this.#write = write;
    this.#bytesOf = bytesOf;
  }

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** After the events of this turn, so that requests that came in together are written together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#waiting.length === 0 || this.#underWay >= AT_ONCE) return;
      void this.#writeNext();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  async #writeNext(): Promise<void> {
    this.#underWay += 1;
    await this.#writeBatch(this.#takeNext());
    this.#underWay -= 1;
    this.#schedule();
  }

  #takeNext(): BatchItem<T, R>[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ item }, at) => {
      bytes += this.#bytesOf(item);
      return at === MOST_ITEMS || (at > 0 && bytes > MOST_BYTES);
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #writeBatch(batch: BatchItem<T, R>[]): Promise<void> {
    try {
      const results = await this.#write(batch.map(({ item }) => item));
      for (const [at, { resolve }] of batch.entries()) resolve(results[at] as R);
    } catch (error) {
      const bad = batch.length > 1 && !(error instanceof LedgerUnavailable);
      // One of them is at fault, and nothing was written: alone, the others succeed.
      if (bad) for (const one of batch) await this.#writeBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
