/**
 * Follows Event invocations to their end through the log that Lambda writes of every run: a `REPORT` line, or a
 * `platform.report` record, with the request id. Also finds attempts whose answer was lost, by their trace root.
 */
import { LRUCache } from 'lru-cache';
import type { FunctionFacts, FunctionReader } from '../aws/function-reader.ts';
import type { LogReader } from '../aws/log-reader.ts';
import type { OpenAttempt, Warning } from '../domain/execution.ts';
import { errorFromReport } from '../domain/function-error.ts';
import { traceRoot } from '../domain/id.ts';
import type { Run } from '../domain/invocation-log.ts';
import { logTail } from '../domain/run-log/log-tail.ts';
import type { Channel, Finding } from './channel.ts';
import { evidenceWindow, INGESTION_SECONDS } from './evidence-window.ts';
import { pollGroups } from './poll-groups.ts';
import { ReportScan, type SeenReport } from './report-scan.ts';
import { readRuns } from './runs.ts';

const NAME = 'logs';
/** A log group appears with a function's first invocation: before this age its absence means nothing. */
const GROUP_GRACE_SECONDS = 60;
/** Log groups whose reports are remembered; a forgotten one is read again from its oldest open attempt. */
const MAX_SCANS = 500;

interface LogsChannelDeps {
  logs: LogReader;
  functions: FunctionReader;
}

interface Followed {
  attempt: OpenAttempt;
  facts: FunctionFacts;
}

export function createLogsChannel({ logs, functions }: LogsChannelDeps): Channel {
  const scans = new LRUCache<string, ReportScan>({
    max: MAX_SCANS,
    memoMethod: (group) => new ReportScan(logs, group),
  });
  return {
    name: NAME,
    invocationTypes: ['Event'],
    defaultFor: ['Event'],
    traits: { seesKilledFunction: true, settlesDoubt: true, withoutResult: true, needsEnvelope: false },
    evidenceSeconds: evidenceWindow,
    async poll(attempts) {
      const followed = await Promise.all(
        attempts.map(async (attempt) => ({
          attempt,
          facts: await functions.describe(attempt.function, attempt.qualifier ?? undefined),
        })),
      );
      // A durable one may run for a year: its log, which does not tell of its end, would be read from its start.
      const others = followed.filter((member) => !isDurable(member));
      const groups = Map.groupBy(others, ({ facts }) => facts.logGroup);
      const polls = [...groups].map(([logGroup, members]) => ({
        attempts: members.map(({ attempt }) => attempt),
        poll: () => pollLogGroup(logs, scans.memo(logGroup), logGroup, members),
      }));
      return [...followed.filter(isDurable).flatMap(manyRuns), ...(await pollGroups(polls))];
    },
  };
}

async function pollLogGroup(
  logs: LogReader,
  scan: ReportScan,
  logGroup: string,
  members: Followed[],
): Promise<Finding[]> {
  const oldest = Math.min(...members.map(({ attempt }) => attempt.startedAt.getTime()));
  const seen = await scan.since(oldest);
  if ('code' in seen)
    return members.flatMap(({ attempt, facts }) => [
      ...suppressed(attempt, facts),
      ...unreadable(attempt, seen),
    ]);
  const own = members.map((member) => ({ ...member, reports: reportsOf(member.attempt, seen.reports) }));
  const runs = await readRuns(
    logs,
    logGroup,
    own.flatMap((one) => one.reports),
  );
  return own.flatMap(({ attempt, facts, reports: mine }) => {
    const found = mine.flatMap((one) => runs.get(one.event.id) ?? []);
    const unread: Finding[] = seen.more ? [{ attempt, type: 'not_yet' }] : [];
    return [...findingOf(found, facts, attempt), ...suppressed(attempt, facts), ...unread];
  });
}

function unreadable(attempt: OpenAttempt, warning: Warning): Finding[] {
  const early = warning.code === 'log_group_missing' && attempt.ageSeconds <= GROUP_GRACE_SECONDS;
  return early ? [] : [{ attempt, type: 'not_visible', warning }];
}

function reportsOf(attempt: OpenAttempt, seen: readonly SeenReport[]): SeenReport[] {
  const root = traceRoot(attempt.id, attempt.number);
  return seen.filter(({ report }) =>
    attempt.requestId === null ? report.traceId === root : report.requestId === attempt.requestId,
  );
}

/** Succeeded with any good run; failed only when the last run that Lambda will make has failed, whatever the time. */
function findingOf(found: Run[], facts: FunctionFacts, attempt: OpenAttempt): Finding[] {
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
  if (good || !error)
    return [{ attempt, type: 'ended', outcome: { state: 'succeeded', ...evidence }, endedAt }];
  const runsToCome = attempt.invocationType === 'Event' ? facts.retryAttempts + 1 - runs.length : 0;
  const tooOld = attempt.ageSeconds > facts.maxEventAgeSeconds + facts.timeoutSeconds + INGESTION_SECONDS;
  if (runsToCome > 0 && !tooOld) return [{ attempt, type: 'running' }];
  return [{ attempt, type: 'ended', outcome: { state: 'failed', error, ...evidence } }];
}

function errorOf(run: Run) {
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
  return [{ attempt, type: 'not_visible', warning: { code: 'durable_not_logged', message } }];
}

function suppressed(attempt: OpenAttempt, facts: FunctionFacts): Finding[] {
  if (facts.systemLogLevel !== 'WARN') return [];
  const message =
    `${attempt.function} logs system events from level WARN on, so Lambda writes no START and REPORT and the logs ` +
    'channel sees nothing. Set its SystemLogLevel to INFO.';
  return [{ attempt, type: 'not_visible', warning: { code: 'reports_suppressed', message } }];
}
