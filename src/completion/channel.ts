/**
 * A completion channel: one way an attempt's outcome reaches us. Channels report; only lifecycle/settle writes.
 * Adding one is a file here, a line in index.ts and a call of the shared suite in test/completion.
 */
import type { FunctionFacts } from '../aws/function-reader.ts';
import type { InvocationType, OpenAttempt, Warning } from '../domain/execution.ts';
import type { InvocationRecord } from '../domain/invocation-record.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { FunctionPolicy } from '../domain/policy.ts';

/** What Lambda answered to Invoke, when it did. */
export interface InvokeReply {
  requestId?: string;
  payload: string;
  /** present when the function failed */
  functionError?: string;
  logTail?: string;
  executedVersion?: string;
}

/** An attempt before its invocation. */
export interface PlannedAttempt {
  id: string;
  number: number;
  function: string;
  qualifier: string | null;
  deadlineAt: Date | null;
}

/** What a look found out about one attempt: its outcome, or why the channel cannot see it. */
export interface Finding {
  attempt: OpenAttempt;
  outcome?: Outcome;
  warning?: Warning;
  /** it did start, although the answer was lost: this is what to follow, and for how long from now */
  started?: { durableExecutionArn: string; evidenceSeconds: number };
  /** when the run ended, in epoch milliseconds by Lambda's clock */
  endedAt?: number;
  /** it still runs, or could not be looked for: it must not be given up now */
  pending?: boolean;
}

/** `taken`: settled now or before, or not for this channel to settle; `unknown`: no attempt of this ledger has that request id (yet). */
export type Take = (record: InvocationRecord) => Promise<'taken' | 'unknown'>;

/** A place where Lambda leaves records by itself. */
export interface Inbox {
  name: string;
  /** Waits a while for records, and gives each to `take`. Fails softly: it never asks a broken place without a pause. */
  receive(take: Take, signal: AbortSignal): Promise<void>;
}

export interface Channel {
  name: string;
  /** which invocations it can follow */
  invocationTypes: readonly InvocationType[];
  /** which ones it follows when the user names no channel */
  defaultFor: readonly InvocationType[];
  /** true: it is better than the defaults for this function, where the user names no channel */
  preferred?(facts: FunctionFacts, policy: FunctionPolicy): boolean;
  /** no: a function that is killed goes unnoticed, so an execution needs a deadline; some know it by function name */
  seesKilledFunction: boolean | ((fn: string) => boolean);
  /** true: it can find how an attempt ended whose answer was lost, whatever channels the user named; its look skips the others */
  settlesDoubt: boolean;
  /** true: it tells that an invocation succeeded, but never with what; beside others it lets them come first */
  withoutResult?: boolean;
  /** true: the function must report by itself, with what the envelope gives it */
  needsEnvelope?: boolean;
  /** Why this channel cannot follow this function as the bridge is configured, in a sentence. */
  obstacle?(fn: string): string | undefined;
  /** The name that Invoke gives to a durable execution so that the channel can follow it. */
  startName?(attempt: PlannedAttempt): string;
  /** Its member of the envelope's `reply`: how the function reports. */
  replyTo?(attempt: PlannedAttempt): Promise<object>;
  /** The outcome that lies in Lambda's answer, for channels that learn it there. */
  readReply?(reply: InvokeReply): Outcome | undefined;
  /** For how many seconds after the acceptance evidence may still come. */
  evidenceSeconds?(facts: FunctionFacts): number;
  /** Looks for evidence of open attempts, with few calls however many they are. Throws when it could not look. */
  look?(attempts: readonly OpenAttempt[]): Promise<Finding[]>;
  /** The outcome of an attempt that it looks for is in the ledger: what was left for the look may be tidied away. */
  settled?(attempt: OpenAttempt): Promise<void>;
  /** Where Lambda sends records by itself, whatever attempts are open. */
  inboxes?: readonly Inbox[];
  /** Stops what runs remotely. @returns true when it was stopped */
  stop?(attempt: OpenAttempt): Promise<boolean>;
}
