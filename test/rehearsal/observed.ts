/** What is known of an execution when it is judged, and what is found. */
import type { TruthEntry } from '../../src/local/truth-record.ts';
import type { Planned } from './submissions.ts';

export interface ToldAttempt {
  number: number;
  started_at: string;
  ended_at?: string;
  outcome?: string;
  doubt?: string;
  deliveries?: number;
  late: boolean;
}

export interface Told {
  id: string;
  state: string;
  attempt: number;
  request_id?: string;
  settled_by?: string;
  error?: { kind: string; type?: string; message: string };
  /** the failed execution that this one follows under the same key */
  previous_id?: string;
  attempts: ToldAttempt[];
}

export interface Seen {
  planned: Planned;
  told: Told;
  /** raw bytes of the result, when it has one */
  result: string | undefined;
  /** of the log */
  lines: string[];
  tail: string;
  /** the bridge said so, of what it read in CloudWatch */
  logComplete: boolean;
}

export interface Verdict {
  seen: Seen;
  truth: TruthEntry[];
  /** in a sentence each; empty when all is right */
  wrong: string[];
  invokedTwice: boolean;
  foreignLines: string[];
  missingLines: number;
  /** it ran, but the bridge never had its whole log */
  logIncomplete: boolean;
}
