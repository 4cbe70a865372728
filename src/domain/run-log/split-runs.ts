/**
 * The runs of one invocation in a log. A stream is one execution environment, which runs one invocation at a time, so
 * every line between START and REPORT of our request id belongs to our run, whatever it quotes:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
 * Only Managed Instances interleave invocations; there a line belongs to the request id that it names.
 */

import { type Line, type LogFormat, namedRequestId, names, readLine } from './line.ts';
import type { LogEvent } from './log-event.ts';
import type { Report } from './report.ts';

/** One execution of the handler by Lambda. Without a report it still runs, or its report is not visible yet. */
export interface Run {
  stream: string;
  requestId: string;
  format: LogFormat;
  /** epoch milliseconds by Lambda's clock */
  startedAt: number;
  /** START, REPORT and all lines between them, oldest first */
  lines: Line[];
  /** what the environment wrote before START: failures of its initialization */
  preamble: Line[];
  hasStart: boolean;
  hasEnd: boolean;
  report?: Report;
  /** the environment runs several invocations at once, so lines without a request id are in no run */
  interleaved: boolean;
}

/** Older Lambda writes the cause of a crash after REPORT. */
export const AFTER_REPORT_MS = 1_000;

/**
 * All runs of a request id, oldest first. Events may come in any order and repeatedly; those of one stream and instant
 * must come in the order of the stream.
 *
 * @param format of the function's log, where its configuration could be read
 */
export function splitRuns(events: readonly LogEvent[], requestId: string, format?: LogFormat): Run[] {
  return splitLines(events.map(readLine), requestId, format);
}

/** The same of events that have been read already: many runs may be looked for in one stream. */
export function splitLines(lines: readonly Line[], requestId: string, format?: LogFormat): Run[] {
  const unique = new Map(lines.map((line) => [line.event.id, line]));
  const streams = Map.groupBy(unique.values(), ({ event }) => event.stream);
  return [...streams.values()]
    .flatMap((stream) => runsInStream(stream, requestId, format))
    .sort((a, b) => a.startedAt - b.startedAt);
}

function runsInStream(stream: readonly Line[], requestId: string, known: LogFormat | undefined): Run[] {
  const lines = stream.toSorted((a, b) => a.event.timestamp - b.event.timestamp);
  // The configuration may have changed since.
  const isKnown = lines.some(({ mark, format }) => names(mark, requestId) && format === known);
  const format = known && isKnown ? known : formatOf(lines, requestId);
  if (format === 'JSON' && isInterleaved(lines, requestId)) return interleavedRuns(lines, requestId);
  return bracketedRuns(lines, requestId, format);
}

/** The platform's own lines are in one format; a printed telemetry record of the same run is not a second report. */
function formatOf(lines: readonly Line[], requestId: string): LogFormat {
  const own = lines.filter(({ mark }) => names(mark, requestId));
  return own.some(({ format }) => format === 'Text') ? 'Text' : 'JSON';
}

function bracketedRuns(lines: readonly Line[], requestId: string, format: LogFormat): Run[] {
  const runs: Run[] = [];
  let current: Run | undefined;
  /** has a report, and no other run has begun since */
  let own: Run | undefined;
  let preamble: Line[] = [];
  for (const [at, line] of lines.entries()) {
    const mark = line.format === format ? line.mark : undefined;
    if (current) {
      addLine(current, line, mark);
      if (!current.report) continue;
      own = current;
      current = undefined;
      preamble = [];
    } else if (mark?.type === 'start' && mark.requestId === requestId) {
      if (isPrinted(lines, at, requestId, format)) continue;
      current = newRun(line, requestId, format, preamble);
      runs.push(current);
    } else if (mark?.type === 'report' && mark.requestId === requestId) {
      if (isPrinted(lines, at, requestId, format)) continue;
      if (own && beganBefore(own, line, mark.report)) extend(own, [...preamble, line]);
      else runs.push(withoutStart(line, mark.report, requestId, format, preamble));
      preamble = [];
    } else if (mark?.type === 'start' || mark?.type === 'report') {
      own = undefined;
      preamble = [];
    } else {
      if (isLateCause(line, runs.at(-1))) runs.at(-1)?.lines.push(line);
      else preamble.push(line);
    }
  }
  return runs;
}

function addLine(run: Run, line: Line, mark: Line['mark']): void {
  run.lines.push(line);
  if (mark?.type === 'end' && mark.requestId === run.requestId) run.hasEnd = true;
  if (mark?.type === 'report' && mark.requestId === run.requestId) run.report = mark.report;
}

/** By its own figures the reported run began before the other report, so that one was printed; a retry begins after it. */
function beganBefore(run: Run, { event }: Line, { billing }: Report): boolean {
  return event.timestamp - (billing.duration_ms ?? 0) <= (run.lines.at(-1)?.event.timestamp ?? 0);
}

/** A run has one report: one that came before was printed by the function. */
function extend(run: Run, lines: readonly Line[]): void {
  for (const line of lines) addLine(run, line, line.format === run.format ? line.mark : undefined);
}

function newRun(line: Line, requestId: string, format: LogFormat, preamble: Line[]): Run {
  const { stream, timestamp } = line.event;
  return {
    stream,
    requestId,
    format,
    startedAt: timestamp,
    lines: [line],
    preamble,
    hasStart: true,
    hasEnd: false,
    interleaved: false,
  };
}

/** Its START is not visible, so the lines before the report may belong to others. */
function withoutStart(line: Line, report: Report, requestId: string, format: LogFormat, before: Line[]): Run {
  const { stream, timestamp } = line.event;
  const startedAt = timestamp - (report.billing.duration_ms ?? 0);
  const lines = [...before, line];
  const hasEnd = before.some(({ mark }) => mark?.type === 'end' && mark.requestId === requestId);
  return {
    stream,
    requestId,
    format,
    startedAt,
    lines,
    preamble: [],
    hasStart: false,
    hasEnd,
    report,
    interleaved: false,
  };
}

/**
 * Whether another run that began before and ended after this line printed it: an environment cannot run ours at the
 * same time.
 */
function isPrinted(lines: readonly Line[], at: number, requestId: string, format: LogFormat): boolean {
  const before = lines.slice(0, at).findLast(({ mark, format: own }) => {
    return (
      own === format && (mark?.type === 'start' || mark?.type === 'report') && mark.requestId !== requestId
    );
  });
  if (before?.mark?.type !== 'start') return false;
  const owner = before.mark.requestId;
  const isReport = (line: Line, id: string) =>
    line.format === format && line.mark?.type === 'report' && line.mark.requestId === id;
  const own = lines.findIndex((line, index) => index >= at && isReport(line, requestId));
  const other = lines.findIndex((line, index) => index >= at && isReport(line, owner));
  return own >= 0 && other > own;
}

function isLateCause({ event }: Line, run: Run | undefined): boolean {
  if (!run?.report) return false;
  const ended = run.lines.at(-1)?.event.timestamp ?? run.startedAt;
  const names = [`RequestId: ${run.requestId} `, ` ${run.requestId} Task timed out`];
  return (
    event.timestamp - ended <= AFTER_REPORT_MS &&
    names.some((name) => event.message.slice(0, 200).includes(name))
  );
}

/** Two invocations of the same function have started in this environment and neither had ended. */
function isInterleaved(lines: readonly Line[], requestId: string): boolean {
  const starts = lines.flatMap(({ mark }) => (mark?.type === 'start' ? [mark] : []));
  const own = starts.find((mark) => mark.requestId === requestId);
  if (own?.version?.startsWith('$LATEST.PUBLISHED')) return true;
  if (own?.functionArn === undefined) return false;
  const from = lines.findIndex(({ mark }) => mark === own);
  const to = lines.findIndex(({ mark }) => mark?.type === 'report' && mark.requestId === requestId);
  const between = lines.slice(from + 1, to < 0 ? lines.length : to);
  return between.some(({ mark }) => mark?.type === 'start' && mark.functionArn === own.functionArn);
}

function interleavedRuns(lines: readonly Line[], requestId: string): Run[] {
  const runs: Run[] = [];
  for (const line of lines.filter((one) => namedRequestId(one) === requestId)) {
    const last = runs.at(-1);
    if (line.mark?.type === 'start') runs.push({ ...newRun(line, requestId, 'JSON', []), interleaved: true });
    else if (last && !last.report) addLine(last, line, line.mark);
    else if (line.mark?.type === 'report')
      runs.push({ ...withoutStart(line, line.mark.report, requestId, 'JSON', []), interleaved: true });
  }
  return runs;
}
