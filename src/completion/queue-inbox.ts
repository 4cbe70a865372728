import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Queue, QueueMessage } from '../aws/queue.ts';
import { type Backoff, backoffMs } from '../domain/backoff.ts';
import type { BridgeError } from '../domain/errors.ts';
import { parseInvocationRecord } from '../domain/invocation-record.ts';
import type { Inbox, ProcessRecord } from './channel.ts';

const LONGEST_DELAY_SECONDS = 900;
/**
 * A record of an unknown invocation is hidden for 2, 6, 18 s and so on: the answer of Invoke may reach the ledger
 * later.
 */
const UNKNOWN_DELAY: Backoff = { firstMs: 2_000, maxMs: LONGEST_DELAY_SECONDS * 1_000, factor: 3 };
/**
 * At this receive, the record has waited for 12 min. No answer takes so long to reach the ledger, so the record belongs
 * to somebody else.
 */
const FOREIGN_RECEIVES = 7;
/** The pause after a receive that failed. Each receive costs a call, and a message has a limited number of receives. */
const ERROR_PAUSE: Backoff = { firstMs: 1_000, maxMs: 30_000 };
const REMEMBERED = 1_000;

/** Receives the records in one queue for the ledger. */
export class QueueInbox implements Inbox {
  readonly name: string;
  readonly onlyFunction: string | undefined;
  /** why the last receive failed */
  error: BridgeError | undefined;
  readonly #queue: Queue;
  readonly #log: Logger;
  readonly #foreign = new LRUCache<string, true>({ max: REMEMBERED });
  #failures = 0;
  #emptied = false;
  /** until this time, records that could not be settled may still be hidden */
  #hiddenUntil = 0;
  /** at this time, everything that was in the queue at the start has been received, even if the queue is never empty */
  #busyUntil = Number.POSITIVE_INFINITY;

  /** @param onlyFunction the one function whose records this queue gets; undefined when there may be several */
  constructor(queue: Queue, log: Logger, onlyFunction?: string) {
    this.name = queue.url;
    this.onlyFunction = onlyFunction;
    this.#queue = queue;
    this.#log = log.child({ queue: queue.url });
  }

  /** Whether the queue may hold older records: after a start, or after an outage of queue or ledger. */
  get hasBacklog(): boolean {
    const now = performance.now();
    return now < this.#hiddenUntil || (!this.#emptied && now < this.#busyUntil);
  }

  async receive(process: ProcessRecord, signal: AbortSignal): Promise<void> {
    try {
      const unsettled = await this.#receiveBatch(process, signal);
      this.error = undefined;
      const latest = performance.now() + LONGEST_DELAY_SECONDS * 1_000;
      this.#busyUntil = Math.min(this.#busyUntil, latest);
      if (unsettled === undefined) {
        this.#failures = 0;
        return;
      }
      this.#hiddenUntil = latest;
      this.#log.error({ err: unsettled.reason }, 'a record could not be settled; it will be received again');
    } catch (error) {
      this.#note(error as BridgeError);
    }
    this.#failures += 1;
    await sleep(backoffMs(this.#failures - 1, ERROR_PAUSE), undefined, { signal }).catch(() => undefined);
  }

  /** @returns the first failure to settle a record @throws BridgeError when the queue fails */
  async #receiveBatch(
    process: ProcessRecord,
    signal: AbortSignal,
  ): Promise<PromiseRejectedResult | undefined> {
    const messages = await this.#queue.receive(signal);
    if (messages.length === 0 && !signal.aborted) this.#emptied = true;
    const processed = await Promise.allSettled(messages.map((message) => this.#process(message, process)));
    const isDone = (one: PromiseSettledResult<boolean> | undefined) =>
      one?.status === 'fulfilled' && one.value;
    await this.#queue.delete(messages.filter((_, at) => isDone(processed[at])));
    const later = messages.filter((_, at) => !isDone(processed[at]));
    await Promise.all(later.map((message) => this.#queue.postpone(message, delayOf(message))));
    return processed.find((one) => one.status === 'rejected');
  }

  /** @returns whether the message may be deleted */
  async #process(message: QueueMessage, process: ProcessRecord): Promise<boolean> {
    const record = parseInvocationRecord(message.body, message.attributes);
    if (!record) {
      this.#log.warn({ message_id: message.id }, 'deleted a message that is not a record of an invocation');
      return true;
    }
    if ((await process(record)) === 'settled') return true;
    this.#logForeign(message, record.requestId);
    return false;
  }

  /**
   * The record may belong to another ledger, so it is not deleted: the queue's own settings decide how long it stays.
   */
  #logForeign({ id, receives }: QueueMessage, requestId: string): void {
    if (receives < FOREIGN_RECEIVES || this.#foreign.has(id)) return;
    this.#foreign.set(id, true);
    this.#log.warn(
      { message_id: id, request_id: requestId, receives },
      'the record belongs to no attempt in this ledger; the settings of the queue decide how long it stays',
    );
  }

  #note(error: BridgeError): void {
    if (this.error?.message !== error.message) this.#log.error({ err: error }, 'the queue cannot be used');
    this.error = error;
    this.#emptied = false;
    this.#busyUntil = Number.POSITIVE_INFINITY;
  }
}

function delayOf({ receives }: QueueMessage): number {
  return backoffMs(receives - 1, UNKNOWN_DELAY) / 1_000;
}
