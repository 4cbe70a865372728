import type { Logger } from 'pino';
import type { Limits } from '../../config/limits.ts';
import type { Database } from '../../ledger/database.ts';
import { type ClaimedAttempt, claim, renewLeases } from '../../ledger/dispatch.ts';
import { handOver } from '../../ledger/open-attempts.ts';
import { Loop } from '../loop.ts';

/** How often a replica checks for work without a nudge: other replicas' submits, and retries whose pause ended. */
const POLL_MS = 1_000;

/** Claims due executions up to the number of Invoke requests this replica may hold, and runs their attempts. */
export class Dispatcher {
  readonly #db: Database;
  readonly #replica: string;
  readonly #run: (attempt: ClaimedAttempt) => Promise<void>;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #claims: Loop;
  readonly #leases: Loop;
  readonly #held = new Map<ClaimedAttempt, Promise<void>>();

  /** @param replica a UUID of this process: the owner of its leases */
  constructor(
    db: Database,
    replica: string,
    run: (attempt: ClaimedAttempt) => Promise<void>,
    limits: Limits,
    log: Logger,
  ) {
    this.#db = db;
    this.#replica = replica;
    this.#run = run;
    this.#limits = limits;
    this.#log = log;
    this.#claims = new Loop('dispatcher', () => this.runOnce(), POLL_MS, log);
    this.#leases = new Loop('leases', () => this.#renew(), (limits.leaseSeconds * 1_000) / 3, log);
  }

  start(): void {
    this.#claims.start();
    this.#leases.start();
  }

  nudge(): void {
    this.#claims.nudge();
  }

  /** Claims once and starts what it got. @returns how many */
  async runOnce(): Promise<number> {
    const free = this.#limits.heldInvocations - this.#held.size;
    if (free <= 0) return 0;
    const attempts = await claim(this.#db, this.#replica, free, this.#limits.leaseSeconds);
    for (const attempt of attempts) this.#hold(attempt);
    return attempts.length;
  }

  /** Returns when no attempt is held. */
  async idle(): Promise<void> {
    while (this.#held.size > 0) await Promise.all(this.#held.values());
  }

  /** Stops claiming, waits for held invocations, and after `drainMs` hands the rest over as in doubt. */
  async stop(drainMs: number): Promise<void> {
    await this.#claims.stop();
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([this.idle(), overdue]);
    clearTimeout(timer);
    await this.#leases.stop();
    if (this.#held.size === 0) return;
    this.#log.warn(
      { held: this.#held.size },
      'stopping with held invocations; they are handed over as in doubt',
    );
    // An unreachable ledger must not prevent the stop: the leases expire anyway, only later.
    await handOver(this.#db, this.#replica).catch((error: unknown) => {
      this.#log.error(
        { err: error },
        'the held invocations could not be handed over; their leases will expire',
      );
    });
  }

  #hold(attempt: ClaimedAttempt): void {
    const running = this.#run(attempt)
      .catch((error: unknown) => {
        this.#log.error(
          { err: error, execution_id: attempt.id, attempt: attempt.number },
          'an attempt was dropped',
        );
      })
      .finally(() => {
        this.#held.delete(attempt);
        this.nudge();
      });
    this.#held.set(attempt, running);
  }

  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    await renewLeases(this.#db, this.#replica, [...this.#held.keys()], this.#limits.leaseSeconds);
  }
}
