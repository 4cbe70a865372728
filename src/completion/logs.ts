/**
 * Follows Event invocations to their end through the log that Lambda writes of every run: a `REPORT` line, or a
 * `platform.report` record, with the request id. Also finds attempts whose answer was lost, by their trace root.
 */
import type { FunctionFacts, FunctionReader } from '../aws/function-reader.ts';
import type { LogReader } from '../aws/log-reader.ts';
import type { OpenAttempt, Warning } from '../domain/execution.ts';
import { errorFromReport } from '../domain/function-error.ts';
import { traceRoot } from '../domain/id.ts';
import type { Delivery } from '../domain/invocation-log.ts';
import { logTail } from '../domain/log-tail.ts';
import type { Channel, Finding } from './channel.ts';
import { evidenceWindow, INGESTION_SECONDS } from './evidence-window.ts';
import { lookAtPlaces } from './places.ts';
import { ReportScan, type SeenReport } from './report-scan.ts';
import { readRuns } from './runs.ts';

const NAME = 'logs';
/** A log group appears with a function's first invocation: before this age its absence means nothing. */
const GROUP_GRACE_SECONDS = 60;
/** Log groups whose reports are remembered; a forgotten one is read again from its oldest open attempt. */
const MAX_SCANS = 500;

interface Sources {
  logs: LogReader;
  functions: FunctionReader;
}

interface Followed {
  attempt: OpenAttempt;
  facts: FunctionFacts;
}

export function createLogsChannel({ logs, functions }: Sources): Channel {
  const scans = new Map<string, ReportScan>();
  const scanOf = (logGroup: string): ReportScan => {
    const scan = scans.get(logGroup) ?? new ReportScan(logs, logGroup);
    // A Map keeps the order of insertion: the least recently used one is the first.
    scans.delete(logGroup);
    scans.set(logGroup, scan);
    for (const oldest of scans.keys()) if (scans.size > MAX_SCANS) scans.delete(oldest);
    return scan;
  };
  return {
    name: NAME,
    invocationTypes: ['Event'],
    defaultFor: ['Event'],
    seesKilledFunction: true,
    settlesDoubt: true,
    withoutResult: true,
    evidenceSeconds: evidenceWindow,
    async look(attempts) {
      const followed = await Promise.all(
        attempts.map(async (attempt) => ({
          attempt,
          facts: await functions.describe(attempt.function, attempt.qualifier ?? undefined),
        })),
      );
      // A durable one may run for a year: its log, which does not tell of its end, would be read from its start.
      const others = followed.filter((member) => !isDurable(member));
      const groups = Map.groupBy(others, ({ facts }) => facts.logGroup);
      const places = [...groups].map(([logGroup, members]) => ({
        attempts: members.map(({ attempt }) => attempt),
        look: () => lookInGroup(logs, scanOf(logGroup), logGroup, members),
      }));
      return [...followed.filter(isDurable).flatMap(manyRuns), ...(await lookAtPlaces(places))];
    },
  };
}

async function lookInGroup(
  logs: LogReader,
  scan: ReportScan,
  logGroup: string,
  members: Followed[],
): Promise<Finding[]> {
  const oldest = Math.min(...members.map(({ attempt }) => attempt.startedAt.getTime()));
  const seen = await scan.since(oldest);
  if ('code' in seen)
    return members.flatMap(({ attempt, facts }) => [...suppressed(attempt, facts), ...blind(attempt, seen)]);
  const own = members.map((member) => ({ ...member, reports: reportsOf(member.attempt, seen.reports) }));
  const runs = await readRuns(
    logs,
    logGroup,
    own.flatMap((one) => one.reports),
  );
  return own.flatMap(({ attempt, facts, reports: mine }) => {
    const found = mine.flatMap((one) => runs.get(one.event.id) ?? []);
    const unread = seen.more ? [{ attempt, pending: true }] : [];
    return [...findingOf(found, facts, attempt), ...suppressed(attempt, facts), ...unread];
  });
}

function blind(attempt: OpenAttempt, warning: Warning): Finding[] {
  const early = warning.code === 'log_group_missing' && attempt.ageSeconds <= GROUP_GRACE_SECONDS;
  return early ? [] : [{ attempt, warning }];
}

function reportsOf(attempt: OpenAttempt, seen: readonly SeenReport[]): SeenReport[] {
  const root = traceRoot(attempt.id, attempt.number);
  return seen.filter(({ report }) =>
    attempt.requestId === null ? report.traceId === root : report.requestId === attempt.requestId,
  );
}

/** Succeeded with any good run; failed only when the last run that Lambda will make has failed, whatever the time. */
function findingOf(found: Delivery[], facts: FunctionFacts, attempt: OpenAttempt): Finding[] {
  const runs = found.toSorted((a, b) => a.startedAt - b.startedAt);
  const good = runs.find((run) => errorOf(run) === undefined);
  const last = good ?? runs.at(-1);
  if (!last) return [];
  const requestId = last.report?.requestId ?? attempt.requestId;
  const evidence = {
    ...(requestId === null ? {} : { requestId }),
    deliveries: runs.length,
    logTail: logTail(last.lines.map((line) => line.message)),
    ...(last.report ? { billing: last.report.billing } : {}),
  };
  const error = errorOf(last);
  const endedAt = last.lines.at(-1)?.timestamp ?? last.startedAt;
  if (good || !error) return [{ attempt, outcome: { state: 'succeeded', ...evidence }, endedAt }];
  const runsToCome = attempt.invocationType === 'Event' ? facts.retryAttempts + 1 - runs.length : 0;
  const tooOld = attempt.ageSeconds > facts.maxEventAgeSeconds + facts.timeoutSeconds + INGESTION_SECONDS;
  if (runsToCome > 0 && !tooOld) return [{ attempt, pending: true }];
  return [{ attempt, outcome: { state: 'failed', error, ...evidence } }];
}

function errorOf(run: Delivery) {
  return run.error ?? (run.report && errorFromReport(run.report));
}

/** A durable execution is many invocations: the report of one says nothing about its end. */
function isDurable({ attempt, facts }: Followed): boolean {
  return facts.durableSeconds !== undefined || attempt.durableExecutionArn !== null;
}

function manyRuns({ attempt }: Followed): Finding[] {
  if (attempt.completion.join() !== NAME) return [];
  const message =
    `${attempt.function} is a durable function: its log tells of single invocations, not of the end of an execution. ` +
    "Name completion channel 'durable'.";
  return [{ attempt, warning: { code: 'durable_not_logged', message } }];
}

function suppressed(attempt: OpenAttempt, facts: FunctionFacts): Finding[] {
  if (facts.systemLogLevel !== 'WARN') return [];
  const message =
    `${attempt.function} logs system events from level WARN on, so Lambda writes no START and REPORT and the logs ` +
    'channel sees nothing. Set its SystemLogLevel to INFO.';
  return [{ attempt, warning: { code: 'reports_suppressed', message } }];
}
