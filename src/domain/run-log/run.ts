/** One run of an invocation in the log of its environment, and how lines are added to it. */
import { type Line, type LogFormat, namedRequestId } from './line.ts';
import type { Report } from './report.ts';

/** One call of the handler by Lambda. A run without a report has not ended, or its report is not visible yet. */
export interface Run {
  stream: string;
  requestId: string;
  format: LogFormat;
  /** epoch milliseconds by Lambda's clock */
  startedAt: number;
  /** START, REPORT and all lines between them, oldest first */
  lines: Line[];
  /** what the environment wrote before START, such as errors of its initialization */
  preamble: Line[];
  /**
   * Lines just outside the run: before START but in its millisecond, or after REPORT but in its millisecond. CloudWatch
   * sorts by time, so they may belong to the run:
   * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
   */
  adjacent: Line[];
  hasStart: boolean;
  hasEnd: boolean;
  report?: Report;
  /** another invocation, which had started and has no visible REPORT (yet), may have printed this run's START */
  mayBePrinted: boolean;
  /** the environment runs several invocations at once, so a line without a request id belongs to no run */
  interleaved: boolean;
}

/**
 * How long after REPORT a line may still belong to the run: older versions of Lambda write the cause of a crash after
 * it.
 */
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

/** A run whose START is not visible. The lines before its report may belong to other runs. */
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

/**
 * Whether the report is that of an earlier run: an extension may write it again. It has the same request id if Lambda
 * runs an event again.
 */
function isOfEarlierRun({ writtenAt }: Report, { lines: [start] }: Run): boolean {
  const began = start?.mark?.type === 'start' ? start.mark.writtenAt : undefined;
  return writtenAt !== undefined && began !== undefined && writtenAt < began;
}

export function endOf(run: Run): number {
  return run.lines.at(-1)?.event.timestamp ?? run.startedAt;
}

/**
 * Whether the run contains more than one report. Either the function printed one of them, or one belongs to a retry
 * whose START is not visible (yet).
 */
export function hasDoubleReport({ lines, requestId, format }: Run): boolean {
  const isReport = ({ mark, format: own }: Line) =>
    own === format && mark?.type === 'report' && mark.requestId === requestId;
  return lines.filter(isReport).length > 1;
}

/**
 * Whether a line after REPORT belongs to the run. It must name the invocation. It must also be the cause of a crash, or
 * have the same millisecond as REPORT.
 */
export function isOwnLate(line: Line, run: Run): boolean {
  const { event } = line;
  if (!run.report || event.timestamp - endOf(run) > AFTER_REPORT_MS) return false;
  // Extensions may write copies of platform records, so of platform records only END counts.
  const isOwn = line.mark === undefined || (line.mark.type === 'end' && line.format === run.format);
  if (event.timestamp === endOf(run) && isOwn && namedRequestId(line) === run.requestId) return true;
  const phrases = [`RequestId: ${run.requestId} `, ` ${run.requestId} Task timed out`];
  return phrases.some((phrase) => event.message.slice(0, 200).includes(phrase));
}
