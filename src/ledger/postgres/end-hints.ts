/** NOTIFY and LISTEN between replicas: who waits for an end that another replica settled need not wait for the next query. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { poolSettings, type Server } from './server.ts';

const CHANNEL = 'bridge_ended';
/** A payload may have 8,000 bytes (https://www.postgresql.org/docs/current/sql-notify.html), an id has 36 and a comma. */
const IDS_AT_ONCE = 200;
/** Ends of this time share one NOTIFY, which takes a lock of the whole server while it commits. */
const GATHER_MS = 10;
const RECONNECT_MS = 1_000;

/**
 * One session of its own. Only a hint: what it misses while it is not connected, the waiters' query finds.
 */
export class EndHints {
  readonly #server: Server;
  readonly #onEnded: (ids: string[]) => void;
  #client: pg.Client | undefined;
  #ended: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param server reached without a pooler, which would give the session to others */
  constructor(server: Server, onEnded: (ids: string[]) => void) {
    this.#server = server;
    this.#onEnded = onEnded;
    void this.#stayConnected();
  }

  /** Tells the other replicas. */
  announce(ids: readonly string[]): void {
    if (!this.#client || ids.length === 0) return;
    this.#ended.push(...ids);
    this.#timer ??= setTimeout(() => void this.#notify(), GATHER_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  async #notify(): Promise<void> {
    while (this.#client && this.#ended.length > 0) {
      const ids = this.#ended.splice(0, IDS_AT_ONCE).join(',');
      await this.#client.query('select pg_notify($1::text, $2::text)', [CHANNEL, ids]).catch(() => undefined);
    }
    this.#ended = [];
    this.#timer = undefined;
  }

  async #stayConnected(): Promise<void> {
    while (!this.#closed) {
      await this.#session().catch(() => undefined);
      this.#client = undefined;
      if (!this.#closed) await sleep(RECONNECT_MS, undefined, { ref: false });
    }
  }

  /** Returns when the connection has ended. */
  async #session(): Promise<void> {
    const client = new pg.Client(poolSettings(this.#server));
    const over = new Promise<void>((resolve) => client.once('end', resolve));
    client.on('error', () => undefined);
    client.on('notification', ({ payload = '', processId }) => {
      // Its own waiters are awake already.
      if (processId !== (client as unknown as { processID: number }).processID)
        this.#onEnded(payload.split(','));
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    if (this.#closed) await client.end();
    await over;
  }
}
