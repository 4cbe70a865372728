/**
 * The runs of one invocation in a function's log. A stream is one execution environment, which runs one invocation at
 * a time, so the lines between START and REPORT belong together even where they carry no request id (Python's print):
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
 */
import { asRecord, asText, parseRecord } from './foreign-json.ts';
import { runError } from './logged-error.ts';
import type { ExecutionError } from './outcome.ts';
import type { LogEvent } from './run-log/log-event.ts';
import { parseReport, type Report } from './run-log/report.ts';

/** One run of an invocation. Without a report it still runs, or its report is late. */
export interface Run {
  stream: string;
  startedAt: number;
  /** START, REPORT and all between them, oldest first */
  lines: LogEvent[];
  report?: Report;
  error?: ExecutionError;
}

/** All runs of exactly this request id in the events, oldest first; events may come in any order and repeatedly. */
export function runsOf(events: readonly LogEvent[], requestId: string): Run[] {
  const unique = new Map(events.map((event) => [event.id, event]));
  const streams = Map.groupBy(unique.values(), (event) => event.stream);
  return [...streams.values()]
    .flatMap((stream) => runsInStream(stream, requestId))
    .map(({ preamble, ...run }) => {
      const error = runError(run.lines, preamble, requestId, run.report);
      return error ? { ...run, error } : run;
    })
    .sort((a, b) => a.startedAt - b.startedAt);
}

interface Line {
  event: LogEvent;
  /** the request id that the line names, which need not be Lambda's: applications log ids of their own */
  id?: string;
  start?: true;
  report?: Report;
}

interface RunWithPreamble extends Run {
  /** what the environment wrote before START: a failed import is reported there */
  preamble: LogEvent[];
}

function runsInStream(events: readonly LogEvent[], requestId: string): RunWithPreamble[] {
  const lines = events.toSorted((a, b) => a.timestamp - b.timestamp).map(readLine);
  const invocations = new Set([
    requestId,
    ...lines.flatMap((line) => (line.start || line.report ? [line.id] : [])),
  ]);
  const runs: RunWithPreamble[] = [];
  let current: string | undefined;
  let preamble: LogEvent[] = [];
  for (const line of lines) {
    if (line.start) {
      current = line.id;
      if (current === requestId) runs.push(newRun(line, preamble));
      preamble = [];
      continue;
    }
    const owner = line.id !== undefined && invocations.has(line.id) ? line.id : current;
    if (owner === requestId) addLine(runs, line);
    else if (owner === undefined) preamble.push(line.event);
    if (line.report) {
      if (line.id === current) current = undefined;
      preamble = [];
    }
  }
  return runs;
}

function newRun(line: Line, preamble: LogEvent[]): RunWithPreamble {
  const { stream, timestamp } = line.event;
  const startedAt = timestamp - (line.report?.billing.duration_ms ?? 0);
  return { stream, startedAt, preamble, lines: [line.event], ...(line.report && { report: line.report }) };
}

/** Older Lambda writes the cause of a crash after REPORT, so a finished run still takes lines with its id. */
function addLine(runs: RunWithPreamble[], line: Line): void {
  const last = runs.at(-1);
  // its START lies outside of the events that were read
  if (!last || (line.report && last.report)) {
    runs.push(newRun(line, []));
    return;
  }
  last.lines.push(line.event);
  if (line.report) last.report = line.report;
}

/** Node `<time>⇥<id>⇥`, Python logging `[LEVEL]⇥<time>⇥<id>⇥`, older timeouts `<time> <id> Task`, older crashes. */
const LINE_ID = /^(?:(?:\[\w+\]\t)?\d{4}-\S+[\t ](?<inline>\S+)[\t ]|RequestId: (?<crashed>\S+) )/;
const MARK = /^(?<mark>START|END) RequestId: (?<id>\S+)/;

function readLine(event: LogEvent): Line {
  const { message } = event;
  const report = parseReport(message);
  if (report) return { event, report, id: report.requestId };
  if (message.startsWith('{')) return readRecord(event);
  const mark = MARK.exec(message)?.groups;
  if (mark?.['id']) return { event, id: mark['id'], ...(mark['mark'] === 'START' && { start: true }) };
  const { inline, crashed } = LINE_ID.exec(message)?.groups ?? {};
  const id = inline ?? crashed;
  return id === undefined ? { event } : { event, id };
}

/** JSON format: Lambda's own records, and those of Node and Python (`requestId`) and Java (`AWSRequestId`). */
function readRecord(event: LogEvent): Line {
  if (!/"(?:requestId|AWSRequestId)"/.test(event.message)) return { event };
  const body = parseRecord(event.message);
  const platform = asText(body?.['type'])?.startsWith('platform.') ? asRecord(body?.['record']) : undefined;
  const id = asText(platform?.['requestId'] ?? body?.['requestId'] ?? body?.['AWSRequestId']);
  if (id === undefined) return { event };
  return { event, id, ...(body?.['type'] === 'platform.start' && { start: true }) };
}
