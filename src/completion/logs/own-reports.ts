/** Which of a log group's reports belong to an attempt. Groups may be shared, and functions print logs of others. */
import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import { bareName } from '../../domain/function-name.ts';
import { traceRoot } from '../../domain/id.ts';
import type { SeenReport } from './report-scan.ts';
import { startOf } from './run-reader.ts';

/** The clocks of Lambda and of our database differ a little. */
const SKEW_MS = 5_000;
/** After this a held Invoke that has not started the function has failed: its own time-out is shorter. */
const LATEST_START_MS = 60_000;

/** By the request id; where the answer was lost, by our trace root. */
export function reportsOf(
  attempt: OpenAttempt,
  facts: FunctionFacts,
  seen: readonly SeenReport[],
): SeenReport[] {
  const own = seen.filter(({ event }) => mayBeStreamOf(event.stream, attempt.function, facts.logGroup));
  if (attempt.requestId !== null) return own.filter(({ report }) => report.requestId === attempt.requestId);
  const root = traceRoot(attempt.id, attempt.number);
  const traced = own.filter((one) => one.report.traceId === root && startedInWindow(one, attempt, facts));
  const first = traced.toSorted((a, b) => startOf(a) - startOf(b))[0];
  // What our function invokes inherits its root, and starts later.
  return first ? traced.filter(({ report }) => report.requestId === first.report.requestId) : [];
}

/** In a group of several functions, streams are named `YYYY/MM/DD/FUNCTION[VERSION]ID`: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html */
export function mayBeStreamOf(stream: string, fn: string, logGroup: string): boolean {
  const name = bareName(fn);
  if (logGroup === `/aws/lambda/${name}`) return true;
  const [, owner] = /\/([^/[\]]+)\[[^\]]*\][^/]*$/.exec(stream) ?? [];
  return owner === undefined || owner === name;
}

function startedInWindow(report: SeenReport, attempt: OpenAttempt, facts: FunctionFacts): boolean {
  const sent = attempt.startedAt.getTime();
  const waits = attempt.invocationType === 'Event' ? facts.maxEventAgeSeconds * 1_000 : 0;
  const started = startOf(report);
  return started >= sent - SKEW_MS && started <= sent + waits + LATEST_START_MS;
}
