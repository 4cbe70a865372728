/**
 * A completion channel: one way in which the bridge learns the outcome of an attempt. A channel only returns what it
 * found, and lifecycle/settle writes it to the ledger. To add a channel, write a file here, a line in index.ts and a
 * call of the shared suite in test/completion.
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

/** Proof that an invocation started although its answer was lost: what to follow, and for how many seconds from now. */
export interface ConfirmedStart {
  durableExecutionArn: string;
  evidenceSeconds: number;
}

/** What a poll found about one attempt. */
export type Finding = {
  attempt: OpenAttempt;
  /** whether it is paused at Lambda, which extends deadline and evidence window; absent: the channel does not know */
  paused?: boolean;
} & (
  | {
      type: 'ended';
      outcome: Outcome;
      /** when the run ended by Lambda's clock, in epoch milliseconds */
      endedAt?: number;
      started?: ConfirmedStart;
    }
  /** The run has started and has not ended. */
  | { type: 'running'; started?: ConfirmedStart; warning?: Warning }
  /**
   * The channel cannot see the run until somebody fixes the cause. The attempt may end as lost after its evidence
   * window.
   */
  | { type: 'not_visible'; warning: Warning }
  /** Not all evidence could be read, so nothing is known yet. The attempt must not end as lost now. */
  | { type: 'not_yet'; warning?: Warning }
);

export type HintedAttempt = Pick<OpenAttempt, 'id' | 'number'>;

/**
 * Settles the attempt to which a record belongs. `settled`: the attempt is settled, or this channel may not settle it.
 * `unknown`: the ledger has no such attempt, or does not have its request id yet.
 */
export type ProcessRecord = (record: InvocationRecord) => Promise<'settled' | 'unknown'>;

/** A queue to which Lambda sends records. */
export interface Inbox {
  name: string;
  /** the bare name of the function, if the configuration gives this queue to only one function */
  onlyFunction?: string | undefined;
  /** Waits for records and passes each one to `process`. Never throws. After an error it pauses. */
  receive(process: ProcessRecord, signal: AbortSignal): Promise<void>;
}

/** How a channel differs from others. Other code asks for these traits, and not for the names of channels. */
export interface ChannelTraits {
  /** whether it detects a killed function; if not, an execution needs a deadline. May depend on the function */
  seesKilledFunction: boolean | ((fn: string) => boolean);
  /** true: it can find the outcome of an attempt whose answer was lost, even if the user named other channels */
  settlesDoubt: boolean;
  /**
   * true: it learns that an invocation succeeded, but never the result, so it waits for channels that have the result
   */
  withoutResult: boolean;
  /** true: the function must send its outcome itself, with the data in the envelope */
  needsEnvelope: boolean;
}

export interface Channel {
  name: string;
  traits: ChannelTraits;
  /** the invocation types that it can follow */
  invocationTypes: readonly InvocationType[];
  /** the invocation types for which it is a default when the user names no channel */
  defaultFor: readonly InvocationType[];
  /** Whether it is the best of the default channels for this function. */
  preferred?(facts: FunctionFacts, policy: FunctionPolicy): boolean;
  /** Warnings for the user at submit, for example that this channel cannot prove a success of this function. */
  cautions?(fn: string, facts: FunctionFacts): Warning[];
  /** Why the bridge's configuration prevents this channel from following the function, as the end of a sentence. */
  unavailableReason?(fn: string): string | undefined;
  /** The name for a durable execution. Invoke sends it, and the channel finds the execution by it. */
  startName?(attempt: PlannedAttempt): string;
  /** What the envelope's `reply` contains under the name of this channel: how the function sends its outcome. */
  replyTo?(attempt: PlannedAttempt): Promise<object>;
  /** The outcome in Lambda's answer, if the channel learns it from the answer. */
  readAnswer?(answer: Answered): Outcome | undefined;
  /** For how many seconds after the acceptance evidence may still arrive. */
  evidenceSeconds?(facts: FunctionFacts): number;
  /** Polls for evidence of all these open attempts with few calls. Throws when nothing could be read. */
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
  /** Called when the outcome of an attempt is in the ledger: the channel may delete what it kept for its polls. */
  settled?(attempt: OpenAttempt): Promise<void>;
  /** The queues to which Lambda sends records. The bridge receives from them even if no attempt is open. */
  inboxes?: readonly Inbox[];
  /** Stops the run at Lambda. @returns whether it was stopped */
  stop?(attempt: OpenAttempt): Promise<boolean>;
}
