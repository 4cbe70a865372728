import type { Logger } from 'pino';
import type { Channel, InvocationRecord, Take } from '../completion/channel.ts';
import type { Database } from '../ledger/database.ts';
import { findByRequestId } from '../ledger/settle.ts';
import { Loop } from './loop.ts';
import type { Settle } from './settle.ts';

/** Between two long polls of a queue; the wait itself is in the poll. */
const PAUSE_MS = 10;

/** Takes the records that Lambda sends by itself, for the channels that receive any. */
export class Receiver {
  readonly #db: Database;
  readonly #settle: Settle;
  readonly #loops: Loop[];

  constructor(db: Database, channels: readonly Channel[], settle: Settle, log: Logger) {
    this.#db = db;
    this.#settle = settle;
    this.#loops = channels.flatMap((channel) =>
      channel.receive
        ? [new Loop(`receiver ${channel.name}`, () => this.receiveOnce(channel), PAUSE_MS, log)]
        : [],
    );
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  receiveOnce(channel: Channel): Promise<number> {
    const take: Take = (record) => this.#take(channel.name, record);
    return channel.receive?.(take) ?? Promise.resolve(0);
  }

  async #take(channel: string, { requestId, outcome }: InvocationRecord): Promise<'taken' | 'unknown'> {
    const attempt = await findByRequestId(this.#db, requestId);
    if (!attempt) return 'unknown';
    await this.#settle(attempt, channel, outcome);
    return 'taken';
  }
}
