/**
 * A completion channel: one way an attempt's outcome reaches us. Channels report; only lifecycle/settle writes.
 * Adding one is a file here, a line in index.ts and a call of the shared suite in test/completion.
 */
import type { FunctionFacts } from '../aws/function-reader.ts';
import type { InvocationType, OpenAttempt, Warning } from '../domain/execution.ts';
import type { Outcome } from '../domain/outcome.ts';

/** What Lambda answered to Invoke, when it did. */
export interface InvokeReply {
  requestId?: string;
  payload: string;
  /** present when the function failed */
  functionError?: string;
  logTail?: string;
  executedVersion?: string;
}

/** What a look found out about one attempt: its outcome, or why the channel cannot see it. */
export interface Finding {
  attempt: OpenAttempt;
  outcome?: Outcome;
  warning?: Warning;
}

export interface Channel {
  name: string;
  /** which invocations it can follow */
  invocationTypes: readonly InvocationType[];
  /** which ones it follows when the user names no channel */
  defaultFor: readonly InvocationType[];
  /** false: a function that is killed goes unnoticed, so an execution needs a deadline */
  seesKilledFunction: boolean;
  /** true: it can find how an attempt ended whose answer was lost, whatever channels the user named */
  settlesDoubt: boolean;
  /** The outcome that lies in Lambda's answer, for channels that learn it there. */
  readReply?(reply: InvokeReply): Outcome | undefined;
  /** For how many seconds after the acceptance evidence may still come. */
  evidenceSeconds?(facts: FunctionFacts): number;
  /** Looks for evidence of open attempts, with few calls however many they are. Throws when it could not look. */
  look?(attempts: readonly OpenAttempt[]): Promise<Finding[]>;
}
