import { type ScheduledTask, schedule } from 'node-cron';
import type { Logger } from 'pino';
import type { Limits } from '../config/limits.ts';
import type { Receiver } from './follow/receiver.ts';
import type { Watcher } from './follow/watcher.ts';
import type { Dispatcher } from './invoke/dispatcher.ts';
import { Loop } from './loop.ts';
import type { Waiters } from './settle/waiters.ts';

/** The longest delay before a long poll notices an end that another replica settled. */
const WAITERS_MS = 250;
const DEADLINES_CRON = '* * * * * *';
const RESCUER_CRON = '*/2 * * * * *';
const PRUNER_CRON = '17 3 * * *';

interface ServiceParts {
  dispatcher: Dispatcher;
  receiver: Receiver;
  waiters: Waiters;
  watcher: Watcher;
  failOverdue: () => Promise<unknown>;
  doubtAbandoned: () => Promise<unknown>;
  prune: () => Promise<unknown>;
  limits: Limits;
  log: Logger;
}

/** Starts and stops all loops and scheduled tasks. */
export class Service {
  readonly #parts: ServiceParts;
  readonly #waking: Loop;
  #tasks: ScheduledTask[] = [];

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#waking = new Loop('waiters', () => parts.waiters.runOnce(), WAITERS_MS, parts.log);
  }

  start(): void {
    const { dispatcher, receiver, watcher, failOverdue, doubtAbandoned, prune } = this.#parts;
    dispatcher.start();
    receiver.start();
    watcher.start();
    this.#waking.start();
    this.#tasks = [
      this.#every(DEADLINES_CRON, 'deadlines', failOverdue),
      this.#every(RESCUER_CRON, 'rescuer', doubtAbandoned),
      this.#every(PRUNER_CRON, 'pruner', prune),
    ];
  }

  /** Stops claiming. Held invocations finish within the drain time or are handed over. */
  async stop(drainSeconds: number = this.#parts.limits.drainSeconds): Promise<void> {
    await this.#parts.dispatcher.stop(drainSeconds * 1_000);
    for (const task of this.#tasks) await task.destroy();
    await this.#parts.receiver.stop();
    await this.#parts.watcher.stop();
    await this.#waking.stop();
    this.#parts.waiters.release();
  }

  #every(expression: string, name: string, work: () => Promise<unknown>): ScheduledTask {
    const round = () =>
      work().catch((error: unknown) => this.#parts.log.error({ err: error, loop: name }, 'a round failed'));
    return schedule(expression, round, { name, noOverlap: true, logger: inLog(this.#parts.log) });
  }
}

/** Without this, node-cron writes its warnings to standard error in a format of its own. */
function inLog(log: Logger) {
  return {
    info: (message: string) => log.debug(message),
    warn: (message: string) => log.debug(message),
    error: (error: string | Error) => log.error({ err: error }, 'the schedule failed'),
    debug: () => undefined,
  };
}
