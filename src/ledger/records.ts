/** What is written to a ledger, and what it returns. */
import type {
  Attempt,
  AttemptKey,
  DoubtCode,
  ExecutionDetail,
  ExecutionRequest,
  InvocationType,
  LogType,
  Warning,
} from '../domain/execution.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { ExecutionError, Outcome } from '../domain/outcome.ts';

export interface Lease {
  /** the UUID of a replica */
  owner: string;
  seconds: number;
}

export interface NewExecution {
  id: string;
  request: ExecutionRequest;
  /** hash of what the function would receive: the same key with another hash is another request */
  requestHash: string;
  maxConcurrency: number | undefined;
  warnings: Warning[];
  /** the user wants a new execution if the one of the same key failed or was cancelled */
  rerunFailed: boolean;
  /** set: the first attempt is opened at once, and this replica holds it */
  lease: Lease | undefined;
}

/** `mismatch`: the key belongs to the execution of another request. */
export interface Submitted {
  effect: 'created' | 'existing' | 'mismatch';
  execution: ExecutionDetail;
}

/** An attempt that this replica has opened, with all that its Invoke needs. */
export interface ClaimedAttempt extends AttemptKey {
  function: string;
  qualifier: string | null;
  invocationType: InvocationType;
  logType: LogType;
  clientContext: string | null;
  tenantId: string | null;
  /** null: without payload, in S3, or too large for a claim, which would load many at once */
  payload: Uint8Array | null;
  /** of a payload in the ledger */
  payloadBytes: number;
  payloadRef: ObjectRef | null;
  completion: string[];
  envelope: boolean;
  deadlineAt: Date | null;
  /** seconds since the first attempt began, for the budget of throttled starts */
  startingSeconds: number;
}

/** The names that Lambda's answer gives to an invocation. */
export interface InvocationNames {
  requestId: string | null;
  executedVersion: string | null;
  durableExecutionArn: string | null;
}

export interface Acceptance extends AttemptKey, InvocationNames {
  /** how long the channels poll for evidence, in seconds from now */
  evidenceSeconds: number;
}

export interface Doubt extends AttemptKey {
  code: DoubtCode;
  reason: string;
  requestId: string | null;
  /** how long to search for evidence, in seconds from now */
  windowSeconds: number;
  /** only if the lease has expired: set by the rescuer, which acts on attempts of other replicas */
  expiredOnly: boolean;
}

/**
 * A lease may expire because the ledger was unreachable. Its holder is then alive and about to write Lambda's answer,
 * which must come before an outcome from the log, since the log has no results. Longer than the pauses between its tries.
 */
export const HOLDER_FIRST_SECONDS = 10;

export interface Refusal extends AttemptKey {
  error: ExecutionError;
  delaySeconds: number;
}

export interface Settlement extends AttemptKey {
  channel: string;
  outcome: Outcome;
  /** the result's place in S3 when it is too large for the ledger; then outcome.result is not written */
  resultRef?: ObjectRef;
  /** true: no evidence was found, so the first outcome that arrives later replaces this one */
  presumedLost?: boolean;
}

/**
 * `settled`; `late` when the execution had ended before (only the attempt stores the outcome); `repeated` when the attempt
 * had ended before (the outcome is not stored).
 */
export interface Ended {
  effect: 'settled' | 'late' | 'repeated';
  /** as it is now, for those who wait for its end; absent where it must be read */
  execution?: ExecutionDetail;
}

/** A claim returns payloads up to this size; larger ones are read when there is memory for them. */
export const CLAIMED_PAYLOAD_BYTES = 64 * 1024;

/** An attempt that a replica holds, or held. */
export interface HeldAttempt extends AttemptKey {
  function: string;
  qualifier: string | null;
  invocationType: InvocationType;
}

export interface NamedAttempt extends AttemptKey {
  phase: Attempt['phase'];
  completion: string[];
}

export interface DoubtedAttempt extends NamedAttempt {
  function: string;
}

export interface ExecutionFilter {
  dag_id?: string;
  run_id?: string;
  task_id?: string;
  map_index?: number;
  function?: string;
  state?: string;
}

/** When an attempt is polled again if the replica that took it dies, or does not come to poll it. */
export const FALLBACK_POLL_SECONDS = 15;

export interface NextPoll extends AttemptKey {
  inSeconds: number;
}

export interface Rate {
  /** the same in every replica */
  name: string;
  /** the maximum */
  perSecond: number;
  burst: number;
}
