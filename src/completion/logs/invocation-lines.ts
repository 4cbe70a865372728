/** The lines of one invocation, for readers of its log; also while it still runs. */
import type { LogReader } from '../../aws/log-reader.ts';
import { readLine } from '../../domain/run-log/line.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';
import { AFTER_REPORT_MS, type Run } from '../../domain/run-log/run.ts';
import { type LogSettings, splitRuns } from '../../domain/run-log/split-runs.ts';
import { mayBeStreamOf } from './own-reports.ts';
import { STREAMS_A_CALL, startOf } from './run-reader.ts';

/** As many ids as a pattern of 1024 characters holds: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const IDS_A_CALL = 20;
/** Lines that one answer can hold. */
const MAX_EVENTS = 50_000;
const MAX_PAGES = 20;

export interface InvocationQuery {
  logGroup: string;
  function: string;
  /** of one invocation; of a durable execution, those of all its invocations */
  requestIds: readonly string[];
  /** epoch milliseconds */
  startTime: number;
  settings: LogSettings;
}

export interface InvocationLines {
  runs: Run[];
  /** there are more lines than were read */
  unread: boolean;
}

/** First finds the streams of the runs, then reads the lines around them: `print` lines carry no id. */
export async function readInvocation(logs: LogReader, query: InvocationQuery): Promise<InvocationLines> {
  const { logGroup, requestIds, settings } = query;
  const marks = await findMarks(logs, query);
  const streams = [...new Set(marks.events.map((event) => event.stream))];
  if (streams.length === 0) return { runs: [], unread: marks.unread };
  const read = await logs.filter(
    { logGroup, streams: streams.slice(0, STREAMS_A_CALL), ...spanOf(marks.events, requestIds) },
    { pages: MAX_PAGES, events: MAX_EVENTS },
  );
  if (read.type === 'unreadable') return { runs: [], unread: true };
  const runs = requestIds.flatMap((requestId) => splitRuns(read.events, requestId, settings));
  const passed = isPassed(read.events, runs);
  const unread = (read.nextToken !== undefined && !passed) || marks.unread || streams.length > STREAMS_A_CALL;
  return { runs, unread };
}

/** START and REPORT of the request ids. Other lines may name them too, also in the logs of other functions. */
async function findMarks(logs: LogReader, query: InvocationQuery) {
  const { logGroup, startTime, requestIds } = query;
  const events: LogEvent[] = [];
  let unread = false;
  for (let at = 0; at < requestIds.length; at += IDS_A_CALL) {
    const ids = requestIds.slice(at, at + IDS_A_CALL);
    const pattern = ids.length === 1 ? `"${ids[0]}"` : ids.map((id) => `?"${id}"`).join(' ');
    const read = await logs.filter(
      { logGroup, startTime, pattern },
      { pages: MAX_PAGES, events: MAX_EVENTS },
    );
    if (read.type === 'unreadable') continue;
    const marks = read.events.filter((event) => isMarkOf(event, ids, query));
    events.push(...marks);
    unread ||= read.nextToken !== undefined && marks.length === 0;
  }
  return { events, unread };
}

function isMarkOf(event: LogEvent, ids: readonly string[], query: InvocationQuery): boolean {
  const { mark } = readLine(event);
  const own = (mark?.type === 'start' || mark?.type === 'report') && ids.includes(mark.requestId);
  return own && mayBeStreamOf(event.stream, query.function);
}

/** From the first run's start; to the last report, where every run that began has one. */
function spanOf(marks: readonly LogEvent[], requestIds: readonly string[]) {
  const starts = marks.map((event) => {
    const { mark } = readLine(event);
    return mark?.type === 'report' ? startOf({ event, report: mark.report }) : event.timestamp;
  });
  const last = Math.max(...marks.map((event) => event.timestamp));
  const ended = requestIds.every((id) => splitRuns(marks, id).every((run) => run.report !== undefined));
  return { startTime: Math.min(...starts), ...(ended && { endTime: last + AFTER_REPORT_MS }) };
}

/** Pages come in the order of time, so behind the reports there is nothing more of these runs. */
function isPassed(events: readonly LogEvent[], runs: readonly Run[]): boolean {
  const newest = events.at(-1)?.timestamp ?? 0;
  return (
    runs.length > 0 &&
    runs.every(
      ({ report, lines }) => report && (lines.at(-1)?.event.timestamp ?? 0) + AFTER_REPORT_MS < newest,
    )
  );
}
