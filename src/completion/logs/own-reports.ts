/** Which of a log group's reports may belong to an attempt. Groups may be shared, and functions print logs of others. */
import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import { bareName } from '../../domain/function-name.ts';
import { SKEW_MS } from './bounds.ts';
import type { SeenReport } from './report-scan.ts';
import { startOf } from './run-reader.ts';

/** A held Invoke that has not started the function by then has failed: its own time limit is shorter. */
const LATEST_START_MS = 60_000;

/** In a group of several functions, streams are named `YYYY/MM/DD/FUNCTION[VERSION]ID`: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html */
export function mayBeStreamOf(stream: string, fn: string): boolean {
  const [, owner] = /\/([^/[\]]+)\[[^\]]*\][^/]*$/.exec(stream) ?? [];
  return owner === undefined || owner === bareName(fn);
}

/** The reports of one function in a log group. */
export interface OwnReports {
  all: SeenReport[];
  byRequestId: Map<string, SeenReport[]>;
  /** when its runs started, in epoch milliseconds */
  starts: number[];
}

export function ownReports(seen: readonly SeenReport[], fn: string): OwnReports {
  const all = seen.filter(({ event }) => mayBeStreamOf(event.stream, fn));
  const byRequestId = Map.groupBy(all, ({ report }) => report.requestId);
  return { all, byRequestId, starts: all.map(startOf) };
}

/** Whether the run began after the attempt's Invoke was sent, and before Lambda would have given it up. */
export function startedInWindow(report: SeenReport, attempt: OpenAttempt, facts: FunctionFacts): boolean {
  const sent = attempt.startedAt.getTime();
  const waits = attempt.invocationType === 'Event' ? facts.maxEventAgeSeconds * 1_000 : 0;
  const started = startOf(report);
  return started >= sent - SKEW_MS && started <= sent + waits + LATEST_START_MS;
}
