/**
 * Follows Event invocations to their end through the log that Lambda writes of every run: a `REPORT` line, or a
 * `platform.report` record, with the request id. Also finds attempts whose answer was lost, by their trace root.
 */
import type { FunctionFacts, FunctionReader } from '../aws/function-reader.ts';
import type { LogReader } from '../aws/log-reader.ts';
import type { OpenAttempt } from '../domain/execution.ts';
import { errorFromReport } from '../domain/function-error.ts';
import { traceRoot } from '../domain/id.ts';
import { type Delivery, deliveries, type LogEvent } from '../domain/invocation-log.ts';
import { logTail } from '../domain/log-tail.ts';
import type { Outcome } from '../domain/outcome.ts';
import { parseReport, type Report } from '../domain/report.ts';
import type { Channel, Finding } from './channel.ts';

/** Both log formats in one call; the ids are matched here, so that one call serves every attempt of a group. */
const REPORTS = '?"REPORT RequestId" ?"platform.report"';
/** Clocks of Lambda, CloudWatch and our database differ a little. */
const SKEW_MS = 5_000;
/** REPORT comes seconds after the end: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html */
const INGESTION_SECONDS = 120;
/** Runs of one function since its oldest open attempt began; of a busier one the newest are seen later. */
const MAX_REPORTS = 100_000;
/** A log group appears with a function's first invocation: before this age its absence means nothing. */
const GROUP_GRACE_SECONDS = 60;

interface Sources {
  logs: LogReader;
  functions: FunctionReader;
}

export function createLogsChannel(sources: Sources): Channel {
  return {
    name: 'logs',
    invocationTypes: ['Event'],
    defaultFor: ['Event'],
    seesKilledFunction: true,
    settlesDoubt: true,
    evidenceSeconds,
    look: async (attempts) => {
      const groups = Map.groupBy(attempts, (attempt) => `${attempt.function}\n${attempt.qualifier ?? ''}`);
      return (await Promise.all([...groups.values()].map((group) => lookInGroup(sources, group)))).flat();
    },
  };
}

/** An event may wait its whole age in Lambda's queue, then run; each failed run is tried again after 1 and 2 min. */
function evidenceSeconds(facts: FunctionFacts): number {
  return facts.maxEventAgeSeconds + (facts.retryAttempts + 1) * facts.timeoutSeconds + INGESTION_SECONDS;
}

async function lookInGroup({ logs, functions }: Sources, attempts: OpenAttempt[]): Promise<Finding[]> {
  const [first] = attempts;
  if (!first) return [];
  const facts = await functions.describe(first.function, first.qualifier ?? undefined);
  const oldest = Math.min(...attempts.map((attempt) => attempt.startedAt.getTime()));
  const read = await logs.filter({
    logGroup: facts.logGroup,
    startTime: oldest - SKEW_MS,
    pattern: REPORTS,
    maxEvents: MAX_REPORTS,
  });
  if (read.type === 'blind') {
    const told = attempts.filter(
      (attempt) => read.warning.code !== 'log_group_missing' || attempt.ageSeconds > GROUP_GRACE_SECONDS,
    );
    return told.map((attempt) => ({ attempt, warning: read.warning }));
  }
  const reports = reportsOf(read.events);
  const findings = await Promise.all(attempts.map((attempt) => lookAt(logs, facts, attempt, reports)));
  return findings.concat(attempts.flatMap((attempt) => suppressed(attempt, facts)));
}

interface SeenReport {
  event: LogEvent;
  report: Report;
}

function reportsOf(events: readonly LogEvent[]): SeenReport[] {
  return events.flatMap((event) => {
    const report = parseReport(event.message);
    return report ? [{ event, report }] : [];
  });
}

async function lookAt(
  logs: LogReader,
  facts: FunctionFacts,
  attempt: OpenAttempt,
  seen: readonly SeenReport[],
): Promise<Finding> {
  const root = traceRoot(attempt.id, attempt.number);
  const own = seen.filter(({ report }) =>
    attempt.requestId === null ? report.traceId === root : report.requestId === attempt.requestId,
  );
  const requestId = attempt.requestId ?? own[0]?.report.requestId;
  if (own.length === 0 || requestId === undefined) return { attempt };
  const read = await Promise.all(own.map((one) => readRun(logs, facts.logGroup, one, requestId)));
  const runs = read.filter((run) => run !== undefined).sort((a, b) => a.startedAt - b.startedAt);
  const outcome = outcomeOf(runs, requestId, facts, attempt);
  return outcome ? { attempt, outcome } : { attempt };
}

/**
 * The lines of the run that a report ends, from its stream: `print` lines of Python carry no request id and are found
 * only there. Undefined when they cannot be read: without them a failure that the runtime handled looks like success.
 */
async function readRun(
  logs: LogReader,
  logGroup: string,
  { event, report }: SeenReport,
  requestId: string,
): Promise<Delivery | undefined> {
  const started = event.timestamp - (report.billing.duration_ms ?? 0) - (report.billing.init_ms ?? 0);
  const read = await logs.filter({
    logGroup,
    streams: [event.stream],
    startTime: Math.floor(started) - SKEW_MS,
    endTime: event.timestamp + 1_000,
  });
  if (read.type === 'blind') return undefined;
  return deliveries(read.events, requestId).find((run) => run.lines.some((line) => line.id === event.id));
}

/** Succeeded with any good run; failed only when the last run that Lambda will make has failed. */
function outcomeOf(
  runs: Delivery[],
  requestId: string,
  facts: FunctionFacts,
  attempt: OpenAttempt,
): Outcome | undefined {
  const good = runs.find((run) => errorOf(run) === undefined);
  const last = good ?? runs.at(-1);
  if (!last) return undefined;
  const evidence = {
    requestId,
    deliveries: runs.length,
    logTail: logTail(last.lines.map((line) => line.message)),
    ...(last.report ? { billing: last.report.billing } : {}),
  };
  const error = errorOf(last);
  if (good || !error) return { state: 'succeeded', ...evidence };
  const runsToCome = attempt.invocationType === 'Event' ? facts.retryAttempts + 1 - runs.length : 0;
  const tooOld = attempt.ageSeconds > facts.maxEventAgeSeconds + facts.timeoutSeconds + INGESTION_SECONDS;
  return runsToCome > 0 && !tooOld && !attempt.lastLook ? undefined : { state: 'failed', error, ...evidence };
}

function errorOf(run: Delivery) {
  return run.error ?? (run.report && errorFromReport(run.report));
}

function suppressed(attempt: OpenAttempt, facts: FunctionFacts): Finding[] {
  if (facts.systemLogLevel !== 'WARN') return [];
  const message =
    `${attempt.function} logs system events from level WARN on, so Lambda writes no START and REPORT and the logs ` +
    'channel sees nothing. Set its SystemLogLevel to INFO.';
  return [{ attempt, warning: { code: 'reports_suppressed', message } }];
}
