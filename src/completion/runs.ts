/** The runs that reports end, read whole from their streams; of a run too long for that, its end. */
import type { LogReader } from '../aws/log-reader.ts';
import { type Run, runsOf } from '../domain/invocation-log.ts';
import { runError } from '../domain/logged-error.ts';
import type { LogEvent } from '../domain/run-log/log-event.ts';
import type { SeenReport } from './report-scan.ts';

/** FilterLogEvents takes so many streams: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const STREAMS_A_CALL = 100;
const SKEW_MS = 5_000;
/** Older Lambda writes the cause of a crash after REPORT. */
const AFTER_MS = 1_000;
/** The ends of a run too long to be read whole, each shorter than the one before; why a run failed is written last. */
const ENDS_MS = [Number.POSITIVE_INFINITY, 10_000, 1_000, 100];

/**
 * By the report's event id: `print` lines of Python carry no request id and are found only in their stream. A run
 * whose lines cannot be read is left out: without them a failure that the runtime handled looks like success.
 */
export async function readRuns(
  logs: LogReader,
  logGroup: string,
  reports: SeenReport[],
): Promise<Map<string, Run>> {
  const runs = new Map<string, Run>();
  const streams = [...new Set(reports.map(({ event }) => event.stream))];
  for (let at = 0; at < streams.length; at += STREAMS_A_CALL) {
    const chunk = streams.slice(at, at + STREAMS_A_CALL);
    const own = reports.filter(({ event }) => chunk.includes(event.stream));
    await readTogether(logs, logGroup, own, runs);
  }
  return runs;
}

/** A read that is cut off holds the earliest runs; the next one begins after them. */
async function readTogether(
  logs: LogReader,
  logGroup: string,
  reports: SeenReport[],
  runs: Map<string, Run>,
): Promise<void> {
  let open = reports.toSorted((a, b) => a.event.timestamp - b.event.timestamp);
  while (open.length > 0) {
    const read = await logs.filter({
      logGroup,
      streams: [...new Set(open.map(({ event }) => event.stream))],
      startTime: Math.min(...open.map(startOf)) - SKEW_MS,
      endTime: Math.max(...open.map(({ event }) => event.timestamp)) + AFTER_MS,
    });
    if (read.type === 'unreadable') return;
    const until = read.truncated ? (read.events.at(-1)?.timestamp ?? 0) : Number.POSITIVE_INFINITY;
    for (const report of open.filter(({ event }) => event.timestamp + AFTER_MS < until)) {
      const run = wholeRun(report, read.events);
      if (run) runs.set(report.event.id, run);
    }
    if (!read.truncated) return;
    const left = open.filter(({ event }) => !runs.has(event.id));
    open = left.length < open.length ? left : await readFirst(logs, logGroup, left, runs);
  }
}

/** Where the earliest run alone fills a read. @returns the others */
async function readFirst(
  logs: LogReader,
  logGroup: string,
  [first, ...others]: SeenReport[],
  runs: Map<string, Run>,
): Promise<SeenReport[]> {
  const run = first && (await readAlone(logs, logGroup, first));
  if (run) runs.set(first.event.id, run);
  return others;
}

async function readAlone(logs: LogReader, logGroup: string, seen: SeenReport): Promise<Run | undefined> {
  const { stream, timestamp } = seen.event;
  const begin = startOf(seen) - SKEW_MS;
  for (const startTime of new Set(ENDS_MS.map((ms) => Math.max(begin, timestamp - ms)))) {
    const read = await logs.filter({ logGroup, streams: [stream], startTime, endTime: timestamp + AFTER_MS });
    if (read.type === 'unreadable') return undefined;
    if (!read.truncated)
      return startTime === begin ? wholeRun(seen, read.events) : endOfRun(seen, read.events);
  }
  return endOfRun(seen, []);
}

function wholeRun({ event, report }: SeenReport, events: readonly LogEvent[]): Run | undefined {
  return runsOf(events, report.requestId).find((run) => run.lines.some((line) => line.id === event.id));
}

/** One environment runs one invocation at a time: what its stream holds before the report, from inside the run on, is of the run. */
function endOfRun(seen: SeenReport, events: readonly LogEvent[]): Run {
  const { event, report } = seen;
  const before = events.filter(({ id, timestamp }) => id !== event.id && timestamp <= event.timestamp);
  const lines = [...before, event];
  const error = runError(lines, [], report.requestId, report);
  return { stream: event.stream, startedAt: startOf(seen), lines, report, ...(error ? { error } : {}) };
}

function startOf({ event, report }: SeenReport): number {
  return Math.floor(event.timestamp - (report.billing.duration_ms ?? 0) - (report.billing.init_ms ?? 0));
}
