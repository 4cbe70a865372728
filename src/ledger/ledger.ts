/**
 * What the lifecycle needs of a ledger. Each call is one transaction; results come in the order of the input. `now` is the
 * ledger's clock: the database server's on PostgreSQL, this machine's on SQLite. Every call rejects with LedgerUnavailable
 * if the database did not answer.
 */
import type { AttemptKey, Execution, ExecutionDetail, OpenAttempt, Warning } from '../domain/execution.ts';
import type { TraceRootParts } from '../domain/id.ts';
import type { ExecutionError } from '../domain/outcome.ts';
import type {
  Acceptance,
  ClaimedAttempt,
  Doubt,
  DoubtedAttempt,
  Ended,
  ExecutionFilter,
  HeldAttempt,
  Lease,
  NamedAttempt,
  NewExecution,
  NextPoll,
  Rate,
  Refusal,
  Settlement,
  Submitted,
} from './records.ts';

export interface Ledger {
  /**
   * Writes executions, once per idempotency key. One with a lease starts as running, with its first attempt held by the
   * owner of the lease; the others are queued.
   */
  submitMany(executions: readonly NewExecution[]): Promise<Submitted[]>;
  /**
   * Opens an attempt for each of up to `limit` due executions, oldest first. Executions of a function at its
   * max_concurrency stay queued and do not block others.
   */
  claimDue(lease: Lease, limit: number): Promise<ClaimedAttempt[]>;
  /** The payload of an execution that a claim left out. */
  readPayload(id: string): Promise<Uint8Array | undefined>;
  /**
   * Renews the leases of the attempts that this replica holds. Leases in its name that it does not hold (the answer to a
   * claim was lost) expire, and the rescuer handles them.
   */
  renewLeases(lease: Lease, held: readonly AttemptKey[]): Promise<void>;
  /**
   * Puts back into the queue the attempts that a replica has written, but does not know of, since the answer to its write
   * was lost. It sent nothing for them. The caller must not write leases of its own meanwhile.
   *
   * @param known the executions of the attempts that it knows of
   * @returns the executions that are queued again
   */
  requeueUnknown(owner: string, known: readonly string[], error: ExecutionError): Promise<string[]>;
  /** Expires the leases of a replica that is about to stop, so that others search for evidence of its attempts. */
  handOver(owner: string): Promise<void>;
  /** Whether the execution of a claimed attempt is still open: neither cancelled nor past its deadline. */
  isWanted(attempt: AttemptKey): Promise<boolean>;

  /** Lambda has accepted the events, so from here on any replica can follow them. */
  recordAcceptedMany(acceptances: readonly Acceptance[]): Promise<void>;
  /** The answers were lost: the functions may have run, be running, or not. Nothing is sent again. */
  recordDoubtMany(doubts: readonly Doubt[]): Promise<void>;
  /** Lambda provably did not start them: the attempts are over, the executions wait for their next ones. */
  requeueMany(refusals: readonly Refusal[]): Promise<void>;
  /**
   * Ends attempts, and the executions whose current attempts they are and that have not ended. An attempt presumed lost is
   * only the bridge's guess, so the first outcome that arrives later replaces it.
   */
  settleMany(settlements: readonly Settlement[]): Promise<Ended[]>;
  /** Ends the execution as cancelled. A running attempt goes on, and its outcome will be late. */
  cancel(id: string, error: ExecutionError): Promise<{ before: string } | undefined>;
  /** Fails every execution whose deadline has passed, unless it is paused at Lambda. @returns their ids */
  failOverdue(error: ExecutionError): Promise<string[]>;
  /** Records a heartbeat. @returns false when the attempt has ended */
  recordHeartbeat(attempt: AttemptKey, progress: unknown): Promise<boolean>;
  /** Its durable execution is paused: from here on failOverdue() leaves the execution alone. */
  recordPaused(attempt: AttemptKey): Promise<void>;
  /** Moves the deadline and the end of the evidence window by the length of the pause. */
  recordResumed(attempt: AttemptKey): Promise<void>;
  /** Adds a warning to an execution, once per code. */
  addWarning(id: string, warning: Warning): Promise<void>;

  /** Takes the open attempts that are due for a poll. Whoever takes them polls them, and schedules the next poll. */
  takeDuePolls(limit: number): Promise<OpenAttempt[]>;
  /** Sets when attempts are due for their next poll. What somebody else is writing now keeps its fallback, or has ended. */
  schedulePolls(polls: readonly NextPoll[]): Promise<void>;
  /** Attempts whose lease expired: the holder died, so whether Lambda answered is not known. */
  expiredLeases(limit: number): Promise<HeldAttempt[]>;
  /** The attempt that Lambda has or may have, whatever the state of its execution. */
  findOpenAttempt(id: string): Promise<OpenAttempt | undefined>;
  /** The attempt with a request id, ended or not. */
  findByRequestId(requestId: string): Promise<NamedAttempt | undefined>;
  /**
   * The attempt of an `Event` whose trace has this root and whose answer was lost, so that its request id is unknown; also
   * after it was presumed lost.
   */
  findDoubted(root: TraceRootParts): Promise<DoubtedAttempt | undefined>;
  /** Which of these request ids belong to attempts. */
  ownedRequestIds(requestIds: readonly string[]): Promise<string[]>;
  /**
   * Whether another attempt of the function may have a run whose request id is not in the ledger (yet): one that is being
   * invoked or in doubt, or that ended without naming its invocation. A refused one has no run, and an event waits at most
   * 6 h in Lambda's queue.
   */
  hasUnnamedRival(attempt: AttemptKey & { function: string }): Promise<boolean>;

  /** One execution with its attempts. It has its result only if it succeeded. */
  get(id: string): Promise<ExecutionDetail | undefined>;
  /** The current execution of an idempotency key, and the hash of its request. */
  findByKey(key: string): Promise<{ execution: ExecutionDetail; requestHash: string } | undefined>;
  /** Newest first. @param before only executions created before this id: ids sort by creation */
  list(filter: ExecutionFilter, limit: number, before?: string): Promise<Execution[]>;
  /** Which of these have ended: one query for every waiter of a replica. */
  endedAmong(ids: readonly string[]): Promise<string[]>;
  /**
   * Calls back with executions that other replicas ended, where the driver learns of them at once. Only a hint: some are
   * missing.
   */
  onEnded(listener: (ids: string[]) => void): void;
  /** Deletes up to `limit` executions that ended more than `days` ago. @returns how many */
  deleteEnded(days: number, limit: number): Promise<number>;

  /**
   * Reserves the next call of a rate that all replicas share. Calls are spaced evenly, and after a pause up to `burst`
   * calls may be sent at once. @returns how long to wait before the call, in milliseconds
   */
  takePlace(rate: Rate): Promise<number>;
  /**
   * AWS has throttled a call: halves the rate for all replicas. No burst follows.
   *
   * @returns the new rate in calls a second; undefined when it was halved within the last second
   */
  slowDown(rate: Pick<Rate, 'name' | 'perSecond'>): Promise<number | undefined>;
  /** How long a call would wait now, in milliseconds. */
  queueMs(rateName: string): Promise<number>;

  /** Whether the database answers. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}
