import { type ScheduledTask, schedule } from 'node-cron';
import type { Logger } from 'pino';
import type { Dispatcher } from './dispatcher.ts';
import type { Limits } from './limits.ts';
import { Loop } from './loop.ts';
import type { Receiver } from './receiver.ts';
import type { Waiters } from './waiters.ts';

/** How late a long poll notices an end that another replica settled. */
const WAITERS_MS = 250;
/** A round of the watcher asks the ledger what is due; with nothing due it is one short query. */
const WATCHER_MS = 500;
const DEADLINES_CRON = '* * * * * *';
const RESCUER_CRON = '*/2 * * * * *';
const PRUNER_CRON = '17 3 * * *';

interface Parts {
  dispatcher: Dispatcher;
  receiver: Receiver;
  waiters: Waiters;
  watch: () => Promise<unknown>;
  failOverdue: () => Promise<unknown>;
  doubtAbandoned: () => Promise<unknown>;
  prune: () => Promise<unknown>;
  limits: Limits;
  log: Logger;
}

/** Everything that runs by itself, and its orderly start and stop. */
export class Service {
  readonly #parts: Parts;
  readonly #loops: Loop[];
  #tasks: ScheduledTask[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#loops = [
      new Loop('waiters', () => parts.waiters.runOnce(), WAITERS_MS, parts.log),
      new Loop('watcher', parts.watch, WATCHER_MS, parts.log),
    ];
  }

  start(): void {
    const { dispatcher, receiver, failOverdue, doubtAbandoned, prune } = this.#parts;
    dispatcher.start();
    receiver.start();
    for (const loop of this.#loops) loop.start();
    this.#tasks = [
      this.#every(DEADLINES_CRON, 'deadlines', failOverdue),
      this.#every(RESCUER_CRON, 'rescuer', doubtAbandoned),
      this.#every(PRUNER_CRON, 'pruner', prune),
    ];
  }

  /** No new work; held invocations finish within the drain time or are handed over. */
  async stop(drainSeconds: number = this.#parts.limits.drainSeconds): Promise<void> {
    await this.#parts.dispatcher.stop(drainSeconds * 1_000);
    for (const task of this.#tasks) await task.destroy();
    await this.#parts.receiver.stop();
    for (const loop of this.#loops) await loop.stop();
    this.#parts.waiters.release();
  }

  #every(expression: string, name: string, work: () => Promise<unknown>): ScheduledTask {
    const round = () =>
      work().catch((error: unknown) => this.#parts.log.error({ err: error, loop: name }, 'a round failed'));
    return schedule(expression, round, { name, noOverlap: true, logger: inLog(this.#parts.log) });
  }
}

/** node-cron would write its warnings to standard error, in a form of its own. */
function inLog(log: Logger) {
  return {
    info: (message: string) => log.debug(message),
    warn: (message: string) => log.debug(message),
    error: (fault: string | Error) => log.error({ err: fault }, 'the schedule failed'),
    debug: () => undefined,
  };
}
