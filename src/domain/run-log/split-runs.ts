/**
 * The runs of one invocation in a log. A stream is one execution environment, which runs one invocation at a time, so
 * every line between START and REPORT of our request id belongs to our run, whatever it quotes:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
 * Only Managed Instances interleave invocations; there a line belongs to the request id that it names.
 */

import { interleavedRuns, isInterleaved } from './interleaved-runs.ts';
import { type Line, type LogFormat, names, readLine } from './line.ts';
import type { LogEvent } from './log-event.ts';
import type { Report } from './report.ts';
import { addLine, endOf, isOwnLate, newRun, type Run, withoutStart } from './run.ts';

/** What the function's configuration says of its log, where it could be read. */
export interface LogSettings {
  logFormat?: LogFormat;
  managedInstances?: boolean;
}

/**
 * All runs of a request id, oldest first. Events may come in any order and repeatedly; those of one stream and instant
 * must come in the order of the stream.
 */
export function splitRuns(events: readonly LogEvent[], requestId: string, settings: LogSettings = {}): Run[] {
  return splitLines(events.map(readLine), requestId, settings);
}

/** The same of events that have been read already: many runs may be looked for in one stream. */
export function splitLines(lines: readonly Line[], requestId: string, settings: LogSettings = {}): Run[] {
  const unique = new Map(lines.map((line) => [line.event.id, line]));
  const streams = Map.groupBy(unique.values(), ({ event }) => event.stream);
  return [...streams.values()]
    .flatMap((stream) => runsInStream(stream, requestId, settings))
    .sort((a, b) => a.startedAt - b.startedAt);
}

function runsInStream(stream: readonly Line[], requestId: string, settings: LogSettings): Run[] {
  const { logFormat: known, managedInstances } = settings;
  const lines = stream.toSorted((a, b) => a.event.timestamp - b.event.timestamp);
  const format = platformFormat(lines, requestId, known);
  if (format === 'JSON' && isInterleaved(lines, requestId, managedInstances))
    return interleavedRuns(lines, requestId);
  return bracketedRuns(lines, requestId, format);
}

/**
 * The one format of the platform's own lines: a printed telemetry record of the same run is not a second report.
 *
 * @param known that of the configuration, which may have changed since
 */
export function platformFormat(
  lines: readonly Line[],
  requestId: string,
  known: LogFormat | undefined,
): LogFormat {
  const isIn = (format: LogFormat) =>
    lines.some((line) => line.format === format && names(line.mark, requestId));
  if (known && isIn(known)) return known;
  return isIn('Text') ? 'Text' : 'JSON';
}

function bracketedRuns(lines: readonly Line[], requestId: string, format: LogFormat): Run[] {
  const runs: Run[] = [];
  let current: Run | undefined;
  /** has a report, and no other run has begun since */
  let own: Run | undefined;
  let preamble: Line[] = [];
  for (const [at, line] of lines.entries()) {
    const mark = line.format === format ? line.mark : undefined;
    if (current && mark?.type === 'start' && mark.requestId === requestId && isRetried(current, line)) {
      current = newRun(line, requestId, format, []);
      runs.push(current);
    } else if (current) {
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
      if (isPrinted(lines, at, requestId, format) || isCopy(mark.report, runs)) continue;
      if (own && beganBefore(own, line, mark.report)) extend(own, [...preamble, line], lines);
      else runs.push(withoutStart(line, mark.report, requestId, format, preamble));
      preamble = [];
    } else if (mark?.type === 'start' || mark?.type === 'report') {
      own = undefined;
      preamble = [];
    } else {
      const last = own ?? runs.at(-1);
      if (last && isOwnLate(line, last)) addLine(last, line, mark);
      else if (own && line.event.timestamp === endOf(own)) own.adjacent.push(line);
      else preamble.push(line);
    }
  }
  return runs;
}

/** Lambda runs a failed event again after a minute: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const SOONEST_RETRY_MS = 50_000;

/**
 * Whether this START begins another run of the invocation, and the REPORT of the run before is lost or not visible yet. Then
 * that run keeps the lines before the next invocation. A START that comes sooner is a copy, as extensions print them.
 */
function isRetried(run: Run, { event }: Line): boolean {
  if (event.timestamp - run.startedAt < SOONEST_RETRY_MS) return false;
  const other = run.lines.findIndex(({ mark, format }) => {
    return format === run.format && mark?.type === 'start' && mark.requestId !== run.requestId;
  });
  if (other >= 0) run.lines.length = other;
  return other >= 0 || run.hasEnd;
}

/** An extension prints the report of a run that has ended, when the environment is shut down for example. */
function isCopy({ writtenAt }: Report, runs: readonly Run[]): boolean {
  return writtenAt !== undefined && runs.some(({ report }) => report?.writtenAt === writtenAt);
}

/** By its own figures the reported run began before the other report, so that one was printed; a retry begins after it. */
function beganBefore(run: Run, { event }: Line, { billing }: Report): boolean {
  return event.timestamp - (billing.duration_ms ?? 0) <= endOf(run);
}

/** A run has one report: one that came before was printed by the function. @param stream all lines, in order */
function extend(run: Run, lines: readonly Line[], stream: readonly Line[]): void {
  for (const line of lines) addLine(run, line, line.format === run.format ? line.mark : undefined);
  const own = new Set(run.lines);
  run.lines = stream.filter((line) => own.has(line));
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
