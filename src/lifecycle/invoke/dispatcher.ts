import type { Logger } from 'pino';
import type { Limits } from '../../config/limits.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { LedgerUnavailable } from '../../ledger/ledger-unavailable.ts';
import type { ClaimedAttempt, Lease } from '../../ledger/records.ts';
import type { HeldBytes } from '../byte-budget.ts';
import { Loop } from '../loop.ts';

/** How often a replica checks for work without a nudge: other replicas' submits, and retries whose pause ended. */
const POLL_MS = 1_000;

/** A place for one invocation, so that an attempt can be written together with its execution. */
interface Room {
  lease: Lease;
  /** Runs the attempt that was written with the lease. @param memory of its payload, released when it is over */
  start(attempt: ClaimedAttempt, memory: HeldBytes): void;
  /** @param unsure it is not known whether the attempt was written */
  release(unsure: boolean): void;
}

/** A write whose answer was lost may take effect until the database ends the statement, which it does after 30 s. */
const UNSURE_MS = 60_000;

const NOT_SENT: ExecutionError = {
  kind: 'invoke_rejected',
  message: 'The ledger did not answer in time. Nothing was sent.',
  retryable: true,
};

/** Claims due executions up to the number of Invoke requests this replica may hold, and runs their attempts. */
export class Dispatcher {
  readonly #ledger: Ledger;
  readonly #replica: string;
  readonly #run: (attempt: ClaimedAttempt) => Promise<void>;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #claims: Loop;
  readonly #leases: Loop;
  readonly #held = new Map<ClaimedAttempt, Promise<void>>();
  /** places given out by reserve(), by execution, until they are used or given back */
  readonly #reserved = new Map<string, Promise<void>>();
  /** executions of attempts that were sent, but whose answer could not be written */
  readonly #dropped = new Set<string>();
  /** until then, attempts may appear in the ledger that this replica has written without learning of it */
  #unsureUntil = 0;
  #isRequeuing = false;
  /** places that the claim under way may need */
  #claiming = 0;
  /** the last claim had no place, or got all that it asked for: others may wait that are older than a new submit */
  #backlog = false;
  #started = false;

  /** @param replica a UUID of this process: the owner of its leases */
  constructor(
    ledger: Ledger,
    replica: string,
    run: (attempt: ClaimedAttempt) => Promise<void>,
    limits: Limits,
    log: Logger,
  ) {
    this.#ledger = ledger;
    this.#replica = replica;
    this.#run = run;
    this.#limits = limits;
    this.#log = log;
    this.#claims = new Loop('dispatcher', () => this.runOnce(), POLL_MS, log);
    this.#leases = new Loop('leases', () => this.#renew(), (limits.leaseSeconds * 1_000) / 3, log);
  }

  start(): void {
    this.#started = true;
    this.#claims.start();
    this.#leases.start();
  }

  nudge(): void {
    this.#claims.nudge();
  }

  /** @returns undefined when this replica has no room, or when older executions wait in the queue */
  reserve(id: string): Room | undefined {
    if (!this.#started || this.#backlog || this.#isRequeuing || this.#free <= 0) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reserved.set(id, promise);
    const over = () => {
      this.#reserved.delete(id);
      resolve();
      this.#placeIsFree();
    };
    return {
      lease: this.#lease,
      start: (attempt, memory) => {
        const run = this.#run(attempt).finally(() => memory.release());
        this.#hold(attempt, run);
        over();
      },
      release: (unsure) => {
        over();
        if (!unsure) return;
        this.#unsureUntil = performance.now() + UNSURE_MS;
        this.nudge();
      },
    };
  }

  /** Claims once and starts what it got. */
  async runOnce(): Promise<void> {
    if (performance.now() < this.#unsureUntil) await this.#requeueUnknown();
    this.#backlog ||= this.#free <= 0;
    if (this.#free <= 0) return;
    // The other half is left to submits that come before the answer.
    const asked = Math.ceil(this.#free / 2);
    const attempts = await this.#claim(asked);
    // What waits behind a limit can start when one of these has ended.
    for (const attempt of attempts)
      this.#hold(
        attempt,
        this.#run(attempt).finally(() => this.nudge()),
      );
    this.#backlog = attempts.length === asked;
    if (this.#free > 0) this.#placeIsFree();
  }

  async #claim(asked: number): Promise<ClaimedAttempt[]> {
    this.#claiming = asked;
    try {
      return await this.#ledger.claimDue(this.#lease, asked);
    } catch (error) {
      if (error instanceof LedgerUnavailable) this.#unsureUntil = performance.now() + UNSURE_MS;
      throw error;
    } finally {
      this.#claiming = 0;
    }
  }

  /** Never beside a claim or a new place, whose attempts this replica would not know of yet. */
  async #requeueUnknown(): Promise<void> {
    this.#isRequeuing = true;
    try {
      const held = [...this.#held.keys()].map(({ id }) => id);
      const known = [...held, ...this.#reserved.keys(), ...this.#dropped];
      for (const id of await this.#ledger.requeueUnknown(this.#replica, known, NOT_SENT))
        this.#log.warn(
          { execution_id: id },
          'the answer to its write was lost; queued again, nothing was sent',
        );
    } finally {
      this.#isRequeuing = false;
    }
  }

  get #free(): number {
    return this.#limits.heldInvocations - this.#held.size - this.#reserved.size - this.#claiming;
  }

  get #lease(): Lease {
    return { owner: this.#replica, seconds: this.#limits.leaseSeconds };
  }

  /** Returns when no attempt is held. */
  async idle(): Promise<void> {
    while (this.#held.size + this.#reserved.size > 0)
      await Promise.all([...this.#held.values(), ...this.#reserved.values()]);
  }

  /** Stops claiming, waits for held invocations, and after `drainMs` hands the rest over as in doubt. */
  async stop(drainMs: number): Promise<void> {
    this.#started = false;
    await this.#claims.stop();
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([this.#finish(), overdue]);
    clearTimeout(timer);
    await this.#leases.stop();
    if (this.#held.size === 0) return;
    this.#log.warn(
      { held: this.#held.size },
      'stopping with held invocations; they are handed over as in doubt',
    );
    // An unreachable ledger must not prevent the stop: the leases expire anyway, only later.
    await this.#ledger.handOver(this.#replica).catch((error: unknown) => {
      this.#log.error(
        { err: error },
        'the held invocations could not be handed over; their leases will expire',
      );
    });
  }

  async #finish(): Promise<void> {
    await this.idle();
    if (performance.now() >= this.#unsureUntil) return;
    await this.#requeueUnknown().catch((error: unknown) => {
      this.#log.error({ err: error }, 'attempts that were perhaps written could not be queued again');
    });
  }

  #hold(attempt: ClaimedAttempt, run: Promise<void>): void {
    const running = run
      .catch((error: unknown) => {
        this.#dropped.add(attempt.id);
        this.#log.error(
          { err: error, execution_id: attempt.id, attempt: attempt.number },
          'an attempt was dropped',
        );
      })
      .finally(() => {
        this.#held.delete(attempt);
        this.#placeIsFree();
      });
    this.#held.set(attempt, running);
  }

  #placeIsFree(): void {
    // Otherwise nothing waits for the place, and a claim costs a query.
    if (this.#backlog) this.nudge();
  }

  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    await this.#ledger.renewLeases(this.#lease, [...this.#held.keys()]);
  }
}
