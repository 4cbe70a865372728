import type { Logger } from 'pino';
import type { Channel, Take } from '../completion/channel.ts';
import type { Database } from '../ledger/database.ts';
import { findByRequestId } from '../ledger/settle.ts';
import { follows } from './follows.ts';
import { Loop } from './loop.ts';
import type { Settle } from './settle.ts';

/** Between two receives; the waiting itself is in the receive. */
const PAUSE_MS = 10;

/** Takes the records that Lambda sends by itself: one loop for each place where it leaves them. */
export class Receiver {
  readonly #db: Database;
  readonly #settle: Settle;
  readonly #loops: Loop[];
  readonly #stopping = new AbortController();

  constructor(db: Database, channels: readonly Channel[], settle: Settle, log: Logger) {
    this.#db = db;
    this.#settle = settle;
    this.#loops = channels.flatMap((channel) =>
      (channel.inboxes ?? []).map((inbox) => {
        const receive = () => inbox.receive(this.#takeFor(channel), this.#stopping.signal);
        return new Loop(`receiver ${channel.name} ${inbox.name}`, receive, PAUSE_MS, log);
      }),
    );
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  /** Ends the waiting at once; what has been received is still settled. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  #takeFor(channel: Channel): Take {
    return async ({ requestId, outcome }) => {
      const attempt = await findByRequestId(this.#db, requestId);
      if (!attempt) return 'unknown';
      // where the user named other channels, those decide; what comes after the end is kept, whoever brings it
      if (attempt.phase === 'ended' || follows(channel, attempt))
        await this.#settle(attempt, channel.name, outcome);
      return 'taken';
    };
  }
}
