/**
 * A completion channel: one way in which the bridge learns the outcome of an attempt. Channels report; only
 * lifecycle/settle writes. To add one, write a file here, a line in index.ts and a call of the shared suite in
 * test/completion.
 */
import type { FunctionFacts } from '../aws/function-reader.ts';
import type { Answered } from '../aws/invoke-answer.ts';
import type { InvocationType, OpenAttempt, Warning } from '../domain/execution.ts';
import type { InvocationRecord } from '../domain/invocation-record.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { FunctionPolicy } from '../domain/policy.ts';

/** An attempt before its invocation. */
export interface PlannedAttempt {
  id: string;
  number: number;
  function: string;
  qualifier: string | null;
  deadlineAt: Date | null;
}

/** The invocation started although its answer was lost: what to follow, and for how many seconds from now. */
export interface ConfirmedStart {
  durableExecutionArn: string;
  evidenceSeconds: number;
}

/** What a poll found out about one attempt. */
export type Finding = {
  attempt: OpenAttempt;
  /** whether it is paused at Lambda, so that deadline and evidence window wait; absent where the channel cannot tell */
  paused?: boolean;
} & (
  | {
      type: 'ended';
      outcome: Outcome;
      /** when the run ended, in epoch milliseconds by Lambda's clock */
      endedAt?: number;
      started?: ConfirmedStart;
    }
  /** It has started and has not ended. */
  | { type: 'running'; started?: ConfirmedStart; warning?: Warning }
  /** The channel cannot see it, and somebody must fix the cause. It may be given up when its time is over. */
  | { type: 'not_visible'; warning: Warning }
  /** Nothing is known yet, since not all evidence could be read. It must not be given up now. */
  | { type: 'not_yet'; warning?: Warning }
);

export type HintedAttempt = Pick<OpenAttempt, 'id' | 'number'>;

/**
 * Settles the attempt of a record. `settled`: now or before, or this channel may not settle it; `unknown`: it is
 * of no attempt of this ledger (yet).
 */
export type ProcessRecord = (record: InvocationRecord) => Promise<'settled' | 'unknown'>;

/** A queue to which Lambda sends records. */
export interface Inbox {
  name: string;
  /** the bare name of the one function that may have its records here, where the configuration says so */
  onlyFunction?: string | undefined;
  /** Waits a while for records and gives each to `process`. Never throws; pauses after an error. */
  receive(process: ProcessRecord, signal: AbortSignal): Promise<void>;
}

/** How a channel differs from others, for code that must not know channels by name. */
export interface ChannelTraits {
  /** false: a killed function goes unnoticed, so an execution needs a deadline; some channels know it by function */
  seesKilledFunction: boolean | ((fn: string) => boolean);
  /** true: can find the outcome of an attempt whose answer was lost, whatever channels the user named */
  settlesDoubt: boolean;
  /** true: learns that an invocation succeeded, but never its result; channels that bring the result come first */
  withoutResult: boolean;
  /** true: the function must report by itself, with what the envelope gives it */
  needsEnvelope: boolean;
}

export interface Channel {
  name: string;
  traits: ChannelTraits;
  /** which invocations it can follow */
  invocationTypes: readonly InvocationType[];
  /** which ones it follows when the user names no channel */
  defaultFor: readonly InvocationType[];
  /** true: better than the other defaults for this function, where the user names no channel */
  preferred?(facts: FunctionFacts, policy: FunctionPolicy): boolean;
  /** What the user should know of this channel and function at submit, such as that it cannot prove a success. */
  cautions?(fn: string, facts: FunctionFacts): Warning[];
  /** Why this channel cannot follow this function as the bridge is configured, as the end of a sentence. */
  unavailableReason?(fn: string): string | undefined;
  /** The name that Invoke gives to a durable execution, by which the channel finds it. */
  startName?(attempt: PlannedAttempt): string;
  /** Its member of the envelope's `reply`: how the function reports. */
  replyTo?(attempt: PlannedAttempt): Promise<object>;
  /** The outcome in Lambda's answer, for channels that learn it there. */
  readAnswer?(answer: Answered): Outcome | undefined;
  /** How many seconds after the acceptance evidence may still come. */
  evidenceSeconds?(facts: FunctionFacts): number;
  /** Polls for evidence of open attempts, with few calls however many they are. Throws when nothing could be read. */
  poll?(attempts: readonly OpenAttempt[], signal?: AbortSignal): Promise<Finding[]>;
  /** The poll group of an attempt: polls of one group do not wait for those of others. Absent: all are one group. */
  groupOf?(attempt: OpenAttempt): Promise<string>;
  /**
   * How old the attempt should be at its next poll, in seconds. Absent or undefined: by its age, as any other.
   *
   * @param polledAt how old it was at its last poll; 0 before the first @param gap the shortest time between two polls
   */
  nextPoll?(attempt: OpenAttempt, polledAt: number, gap: number): number | undefined;
  /**
   * Tells of attempts that another poll may now find ended, until the signal aborts. Only to be polled sooner: what is not
   * told is found as well.
   */
  hints?(tell: (attempts: readonly HintedAttempt[]) => void, signal: AbortSignal): Promise<void>;
  /** The outcome of an attempt is in the ledger: what was kept for polls may be deleted. */
  settled?(attempt: OpenAttempt): Promise<void>;
  /** Queues to which Lambda sends records, whatever attempts are open. */
  inboxes?: readonly Inbox[];
  /** Stops what runs remotely. @returns true when it was stopped */
  stop?(attempt: OpenAttempt): Promise<boolean>;
}
