/** What a client observed of one execution: everything the test oracle compares with the truth record. */
import type { ReportedExecution } from './reported.ts';
import type { Submission } from './submissions.ts';

export interface Observed {
  submission: Submission;
  reported: ReportedExecution;
  /** raw bytes; undefined: there is no result */
  result: string | undefined;
  logLines: string[];
  logTail: string;
  /** the bridge reported that it read the whole log from CloudWatch */
  isLogComplete: boolean;
}
