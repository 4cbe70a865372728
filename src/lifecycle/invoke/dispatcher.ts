import type { Logger } from 'pino';
import type { Limits } from '../../config/limits.ts';
import type { AttemptKey } from '../../domain/execution.ts';
import type { Ledger } from '../../ledger/ledger.ts';
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
  /** @param unsure the attempt, if it is not known whether it was written: then it goes back to the queue */
  release(unsure?: AttemptKey): void;
}

interface DispatcherWork {
  run: (attempt: ClaimedAttempt) => Promise<void>;
  /** Puts back into the queue what was written, but not sent. */
  requeueUnsent: (attempt: AttemptKey) => Promise<void>;
}

/** Claims due executions up to the number of Invoke requests this replica may hold, and runs their attempts. */
export class Dispatcher {
  readonly #ledger: Ledger;
  readonly #replica: string;
  readonly #work: DispatcherWork;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #claims: Loop;
  readonly #leases: Loop;
  readonly #held = new Map<ClaimedAttempt, Promise<void>>();
  /** places given out by reserve(), until they are used or given back */
  readonly #reserved = new Set<Promise<void>>();
  /** places that the claim under way may need */
  #claiming = 0;
  /** writes of requeueUnsent() */
  readonly #requeues = new Set<Promise<void>>();
  /** the last claim had no place, or got all that it asked for: others may wait that are older than a new submit */
  #backlog = false;
  #started = false;

  /** @param replica a UUID of this process: the owner of its leases */
  constructor(ledger: Ledger, replica: string, work: DispatcherWork, limits: Limits, log: Logger) {
    this.#ledger = ledger;
    this.#replica = replica;
    this.#work = work;
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
  reserve(): Room | undefined {
    if (!this.#started || this.#backlog || this.#free <= 0) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reserved.add(promise);
    const over = () => {
      this.#reserved.delete(promise);
      resolve();
      this.#placeIsFree();
    };
    return {
      lease: this.#lease,
      start: (attempt, memory) => {
        const run = this.#work.run(attempt).finally(() => memory.release());
        this.#hold(attempt, run);
        over();
      },
      release: (unsure) => {
        over();
        if (unsure) this.#requeue(unsure);
      },
    };
  }

  /** Claims once and starts what it got. */
  async runOnce(): Promise<void> {
    this.#backlog ||= this.#free <= 0;
    if (this.#free <= 0) return;
    // The other half is left to submits that come before the answer.
    const asked = Math.ceil(this.#free / 2);
    this.#claiming = asked;
    const attempts = await this.#ledger.claimDue(this.#lease, asked).finally(() => {
      this.#claiming = 0;
    });
    // What waits behind a limit can start when one of these has ended.
    for (const attempt of attempts)
      this.#hold(
        attempt,
        this.#work.run(attempt).finally(() => this.nudge()),
      );
    this.#backlog = attempts.length === asked;
    if (this.#free > 0) this.#placeIsFree();
  }

  get #free(): number {
    return this.#limits.heldInvocations - this.#held.size - this.#reserved.size - this.#claiming;
  }

  get #lease(): Lease {
    return { owner: this.#replica, seconds: this.#limits.leaseSeconds };
  }

  /** Returns when no attempt is held, or waits to be requeued. */
  async idle(): Promise<void> {
    while (this.#held.size + this.#reserved.size + this.#requeues.size > 0)
      await Promise.all([...this.#held.values(), ...this.#reserved, ...this.#requeues]);
  }

  /** Stops claiming, waits for held invocations, and after `drainMs` hands the rest over as in doubt. */
  async stop(drainMs: number): Promise<void> {
    this.#started = false;
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
    await this.#ledger.handOver(this.#replica).catch((error: unknown) => {
      this.#log.error(
        { err: error },
        'the held invocations could not be handed over; their leases will expire',
      );
    });
  }

  #hold(attempt: ClaimedAttempt, run: Promise<void>): void {
    const running = run
      .catch((error: unknown) => {
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

  #requeue(unsent: AttemptKey): void {
    const requeue = this.#work.requeueUnsent(unsent).finally(() => {
      this.#requeues.delete(requeue);
      this.nudge();
    });
    this.#requeues.add(requeue);
  }

  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    await this.#ledger.renewLeases(this.#lease, [...this.#held.keys()]);
  }
}
