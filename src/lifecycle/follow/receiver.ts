import type { Logger } from 'pino';
import type { Channel, Inbox, ProcessRecord } from '../../completion/channel.ts';
import { bareName } from '../../domain/function-name.ts';
import { parseTraceRoot } from '../../domain/id.ts';
import type { InvocationRecord } from '../../domain/invocation-record.ts';
import { isSameFunction } from '../../domain/same-function.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Loop } from '../loop.ts';
import type { Settle } from '../settle/settle.ts';
import { maySettle } from './may-settle.ts';

/** The pause between two receives. It is short, because each receive is a long poll. */
const PAUSE_MS = 10;

/** Receives the records that Lambda sends to the channels' inboxes: one loop for each inbox. */
export class Receiver {
  readonly #ledger: Ledger;
  readonly #settle: Settle;
  readonly #loops: Loop[];
  readonly #stopping = new AbortController();

  constructor(ledger: Ledger, channels: readonly Channel[], settle: Settle, log: Logger) {
    this.#ledger = ledger;
    this.#settle = settle;
    this.#loops = channels.flatMap((channel) =>
      (channel.inboxes ?? []).map((inbox) => {
        const receive = () => inbox.receive(this.#processorFor(channel, inbox), this.#stopping.signal);
        return new Loop(`receiver ${channel.name} ${inbox.name}`, receive, PAUSE_MS, log);
      }),
    );
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  /** Ends the long polls at once. Records already received are still settled. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  #processorFor(channel: Channel, inbox: Inbox): ProcessRecord {
    return async (record) => {
      const { requestId, outcome } = record;
      const attempt =
        (await this.#ledger.findByRequestId(requestId)) ?? (await this.#findByTrace(record, inbox));
      if (!attempt) return 'unknown';
      // If the execution uses other channels, only those settle it. After its end, an outcome of any channel is kept as
      // late.
      if (attempt.phase === 'ended' || maySettle(channel, attempt))
        await this.#settle(attempt, channel.name, outcome);
      return 'settled';
    };
  }

  /**
   * Finds an attempt whose answer was lost by the trace root that the bridge sent with Invoke. Functions that this
   * function invoked have the same root, so the record must name the attempt's own function.
   */
  async #findByTrace({ traceRoot, functionArn }: InvocationRecord, { onlyFunction }: Inbox) {
    const root = traceRoot === undefined ? undefined : parseTraceRoot(traceRoot);
    const attempt = root && (await this.#ledger.findDoubted(root));
    if (!attempt) return undefined;
    const isOwn =
      functionArn === undefined
        ? bareName(attempt.function) === onlyFunction
        : isSameFunction(attempt.function, functionArn);
    return isOwn ? attempt : undefined;
  }
}
