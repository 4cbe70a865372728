/** One run of an invocation in the log of its environment, and how lines are added to it. */
import { type Line, type LogFormat, namedRequestId } from './line.ts';
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
  /**
   * Lines without a request id of the millisecond of START, before it, or of REPORT, after it. CloudWatch sorts by time, so
   * they may be of this run: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
   */
  adjacent: Line[];
  hasStart: boolean;
  hasEnd: boolean;
  report?: Report;
  /** another invocation that was open at the time may have printed it, as far as its REPORT is not visible */
  mayBePrinted: boolean;
  /** the environment runs several invocations at once, so lines without a request id are in no run */
  interleaved: boolean;
}

/** Older Lambda writes the cause of a crash after REPORT. */
export const AFTER_REPORT_MS = 1_000;

export function newRun(line: Line, requestId: string, format: LogFormat, preamble: Line[]): Run {
  const { stream, timestamp } = line.event;
  return {
    stream,
    requestId,
    format,
    startedAt: timestamp,
    lines: [line],
    preamble,
    adjacent: preamble.filter(({ event }) => event.timestamp === timestamp),
    hasStart: true,
    hasEnd: false,
    mayBePrinted: false,
    interleaved: false,
  };
}

/** Its START is not visible, so the lines before the report may belong to others. */
export function withoutStart(
  line: Line,
  report: Report,
  requestId: string,
  format: LogFormat,
  before: Line[],
): Run {
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
    adjacent: [],
    hasStart: false,
    hasEnd,
    report,
    mayBePrinted: false,
    interleaved: false,
  };
}

export function addLine(run: Run, line: Line, mark: Line['mark']): void {
  run.lines.push(line);
  if (mark?.type === 'end' && mark.requestId === run.requestId) run.hasEnd = true;
  if (mark?.type === 'report' && mark.requestId === run.requestId && !isOfEarlierRun(mark.report, run))
    run.report = mark.report;
}

/** Extensions may print the report of the run before, which has the same request id where Lambda runs an event again. */
function isOfEarlierRun({ writtenAt }: Report, { lines: [start] }: Run): boolean {
  const began = start?.mark?.type === 'start' ? start.mark.writtenAt : undefined;
  return writtenAt !== undefined && began !== undefined && writtenAt < began;
}

export function endOf(run: Run): number {
  return run.lines.at(-1)?.event.timestamp ?? run.startedAt;
}

/** Whether more than one report was found in it: one of them is printed, or of a retry whose START is not visible (yet). */
export function hasDoubleReport({ lines, requestId, format }: Run): boolean {
  const isReport = ({ mark, format: own }: Line) =>
    own === format && mark?.type === 'report' && mark.requestId === requestId;
  return lines.filter(isReport).length > 1;
}

/** A line after REPORT that names the invocation: the cause of a crash, or END or another line of the millisecond of REPORT. */
export function isOwnLate(line: Line, run: Run): boolean {
  const { event } = line;
  if (!run.report || event.timestamp - endOf(run) > AFTER_REPORT_MS) return false;
  // Extensions print records of the platform.
  const isOwn = line.mark === undefined || (line.mark.type === 'end' && line.format === run.format);
  if (event.timestamp === endOf(run) && isOwn && namedRequestId(line) === run.requestId) return true;
  const phrases = [`RequestId: ${run.requestId} `, ` ${run.requestId} Task timed out`];
  return phrases.some((phrase) => event.message.slice(0, 200).includes(phrase));
}
