/** The only import of node:sqlite: one connection of one process, whose writes commit in groups. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { LedgerUnavailable } from '../ledger-unavailable.ts';

/** As SQLite holds it: instants are milliseconds, flags 0 and 1, lists and objects JSON text. */
export type StoredValue = SQLInputValue;
export type Params = Record<string, StoredValue>;
export type StoredRow = Record<string, StoredValue>;

interface Write {
  work: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/** The event loop does nothing else during a commit, so writes beyond this time go into the next one. */
const COMMIT_MS = 20;

/** Pages of 4 KiB: 8 MiB hold the indexes of some 100,000 executions. */
const CACHE_KIB = 8_192;

export class SqliteConnection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #waiting: Write[] = [];

  /** @param path of the database file; `:memory:` in tests. @throws SqliteError when another process has it open */
  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    // Exclusive: the first statement locks the file until the process ends, however it ends.
    this.#db.exec('pragma locking_mode = exclusive');
    this.#db.exec('pragma journal_mode = wal');
    // Full: a commit is on the disk before its caller goes on, so an intent survives a power cut (ADR 6).
    this.#db.exec('pragma synchronous = full');
    this.#db.exec(`pragma cache_size = -${CACHE_KIB}`);
    this.#db.exec('pragma foreign_keys = on');
  }

  all<Row extends object = StoredRow>(sql: string, params: Params = {}): Row[] {
    return this.#prepare(sql).all(params) as Row[];
  }

  first<Row extends object = StoredRow>(sql: string, params: Params = {}): Row | undefined {
    return this.#prepare(sql).get(params) as Row | undefined;
  }

  /** @returns how many rows it changed */
  run(sql: string, params: Params = {}): number {
    return Number(this.#prepare(sql).run(params).changes);
  }

  /** Several statements without parameters. */
  script(sql: string): void {
    this.#db.exec(sql);
  }

  /** Runs `work`, which only reads. @throws LedgerUnavailable for an error of the disk */
  async read<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw orUnavailable(error);
    }
  }

  /**
   * Runs `work` in a transaction that it shares with the other writes of this turn of the event loop, so that one sync of
   * the disk serves all of them. If `work` throws, only its own changes are undone.
   */
  write<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit());
    });
  }

  close(): void {
    while (this.#waiting.length > 0) this.#commit();
    this.#db.close();
  }

  #commit(): void {
    const writes = this.#waiting;
    this.#waiting = [];
    if (writes.length === 0) return;
    try {
      const results = this.#transact(() => runAll(writes));
      this.#waiting = [...writes.slice(results.length), ...this.#waiting];
      if (this.#waiting.length > 0) setImmediate(() => this.#commit());
      for (const [at, result] of results.entries()) writes[at]?.resolve(result as never);
    } catch (error) {
      // Nothing of it was written.
      if (isOutage(error)) for (const { reject } of writes) reject(new LedgerUnavailable(error));
      else for (const write of writes) this.#commitAlone(write);
    }
  }

  /** After a failure of several: alone, those that are not at fault succeed. */
  #commitAlone({ work, resolve, reject }: Write): void {
    try {
      resolve(this.#transact(work) as never);
    } catch (error) {
      reject(orUnavailable(error));
    }
  }

  #transact<T>(work: () => T): T {
    this.run('begin immediate');
    try {
      const result = work();
      this.run('commit');
      return result;
    } catch (error) {
      // An error of the disk may have ended the transaction already.
      if (this.#db.isTransaction) this.run('rollback');
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      statement.setAllowUnknownNamedParameters(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** @returns the results of those for which there was time */
function runAll(writes: readonly Write[]): unknown[] {
  const began = performance.now();
  const results: unknown[] = [];
  for (const { work } of writes) {
    if (performance.now() - began > COMMIT_MS) break;
    results.push(work());
  }
  return results;
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html): of the disk, of memory and of locks. */
const BUSY = 5;
const OUTAGE_CODES = [BUSY, 6, 7, 8, 10, 13, 14];

function codeOf(error: unknown): number {
  // Extended codes have the primary one in their last byte.
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

function isOutage(error: unknown): boolean {
  return OUTAGE_CODES.includes(codeOf(error));
}

function orUnavailable(error: unknown): unknown {
  return isOutage(error) ? new LedgerUnavailable(error) : error;
}

/** Whether another process has the file open. */
export function isLocked(error: unknown): boolean {
  return codeOf(error) === BUSY;
}
