import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Queue, QueueMessage } from '../aws/queue.ts';
import { BoundedMap } from '../domain/bounded-map.ts';
import type { BridgeError } from '../domain/errors.ts';
import { parseInvocationRecord } from '../domain/invocation-record.ts';
import type { Inbox, Take } from './channel.ts';

/** 2, 6, 18 s and so on: the answer of Invoke may still be on its way to the ledger. */
const FIRST_DELAY_SECONDS = 2;
const DELAY_FACTOR = 3;
const LONGEST_DELAY_SECONDS = 900;
/** By then it has waited 12 min, which is longer than any answer takes to reach the ledger: it is somebody else's. */
const FOREIGN_RECEIVES = 7;
const LONGEST_PAUSE_MS = 30_000;
const REMEMBERED = 1_000;

/** The records in one queue, on their way to the ledger. */
export class QueueInbox implements Inbox {
  readonly name: string;
  /** why it can receive nothing at present */
  trouble: BridgeError | undefined;
  readonly #queue: Queue;
  readonly #log: Logger;
  readonly #foreign = new BoundedMap<string, true>(REMEMBERED);
  #faults = 0;
  #emptied = false;
  /** until then records may be hidden that could not be settled */
  #hiddenUntil = 0;
  /** a queue that others keep filling is never empty: by then what lay in it at first has come */
  #busyUntil = Number.POSITIVE_INFINITY;

  constructor(queue: Queue, log: Logger) {
    this.name = queue.url;
    this.#queue = queue;
    this.#log = log.child({ queue: queue.url });
  }

  /** Whether records may lie there that came while nobody received: after a start, or when queue or ledger were away. */
  get hasBacklog(): boolean {
    const now = performance.now();
    return now < this.#hiddenUntil || (!this.#emptied && now < this.#busyUntil);
  }

  async receive(take: Take, signal: AbortSignal): Promise<void> {
    try {
      const unsettled = await this.#round(take, signal);
      this.trouble = undefined;
      const latest = performance.now() + LONGEST_DELAY_SECONDS * 1_000;
      this.#busyUntil = Math.min(this.#busyUntil, latest);
      if (unsettled === undefined) {
        this.#faults = 0;
        return;
      }
      this.#hiddenUntil = latest;
      this.#log.error({ err: unsettled.reason }, 'a record could not be settled; it will come again');
    } catch (error) {
      this.#note(error as BridgeError);
    }
    this.#faults += 1;
    // each round of a broken queue or ledger would cost a call, and the messages one of their few receives
    const wait = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#faults);
    await pause(wait, undefined, { signal }).catch(() => undefined);
  }

  /** @returns the first failure to settle a record @throws BridgeError when the queue fails */
  async #round(take: Take, signal: AbortSignal): Promise<PromiseRejectedResult | undefined> {
    const messages = await this.#queue.receive(signal);
    if (messages.length === 0 && !signal.aborted) this.#emptied = true;
    const judged = await Promise.allSettled(messages.map((message) => this.#judge(message, take)));
    const isDone = (one: PromiseSettledResult<boolean> | undefined) =>
      one?.status === 'fulfilled' && one.value;
    await this.#queue.delete(messages.filter((_, at) => isDone(judged[at])));
    const later = messages.filter((_, at) => !isDone(judged[at]));
    await Promise.all(later.map((message) => this.#queue.postpone(message, delayOf(message))));
    return judged.find((one) => one.status === 'rejected');
  }

  /** @returns whether the message is done with */
  async #judge(message: QueueMessage, take: Take): Promise<boolean> {
    const record = parseInvocationRecord(message.body, message.attributes);
    if (!record) {
      this.#log.warn({ message_id: message.id }, 'a message that is no record of an invocation: deleted');
      return true;
    }
    if ((await take(record)) === 'taken') return true;
    this.#tellForeign(message, record.requestId);
    return false;
  }

  /** It may belong to another ledger: its age in the queue is for the queue's own settings to judge. */
  #tellForeign({ id, receives }: QueueMessage, requestId: string): void {
    if (receives < FOREIGN_RECEIVES || this.#foreign.has(id)) return;
    this.#foreign.set(id, true);
    this.#log.warn(
      { message_id: id, request_id: requestId, receives },
      'a record of an invocation that this ledger does not know: left to the redrive policy and retention of the queue',
    );
  }

  #note(error: BridgeError): void {
    if (this.trouble?.message !== error.message) this.#log.error({ err: error }, 'the queue cannot be used');
    this.trouble = error;
    this.#emptied = false;
    this.#busyUntil = Number.POSITIVE_INFINITY;
  }
}

function delayOf({ receives }: QueueMessage): number {
  return Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * DELAY_FACTOR ** (receives - 1));
}
