/**
 * Finds the runs of one invocation in a log. One execution environment writes one stream, and it runs one invocation at
 * a time. So every line between START and REPORT of the request id belongs to the run, whatever the line contains:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html.
 * Only Managed Instances run several invocations at once. There a line belongs to the request id that it names.
 */

import { interleavedRuns, isInterleaved } from './interleaved-runs.ts';
import { type Line, type LogFormat, names, readLine } from './line.ts';
import type { LogEvent } from './log-event.ts';
import type { Run } from './run.ts';
import { RunSplitter } from './run-splitter.ts';

/** What the function's configuration says about its log. A member is absent if it could not be read. */
export interface LogSettings {
  logFormat?: LogFormat;
  managedInstances?: boolean;
}

/**
 * All runs of a request id, oldest first. The events may be in any order and contain duplicates. Only events of one
 * stream with the same timestamp must be in the order of the stream.
 */
export function splitRuns(events: readonly LogEvent[], requestId: string, settings: LogSettings = {}): Run[] {
  return splitLines(events.map(readLine), requestId, settings);
}

/** The same for events that are already parsed, because the runs of many invocations may be in one stream. */
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
  return new RunSplitter(inPlatformOrder(lines, requestId, format), requestId, format).split();
}

/**
 * The format of the platform's own lines in this log. Platform lines in the other format were printed by the function.
 *
 * @param known the format in the configuration, which may have changed since the run
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

const PLATFORM_ORDER: readonly string[] = ['start', 'end', 'report'];

/**
 * Puts START, END and REPORT of the request id in this order if they have the same millisecond, because CloudWatch may
 * return them in any order. Other lines keep their places.
 */
function inPlatformOrder(lines: readonly Line[], requestId: string, format: LogFormat): Line[] {
  const ordered = [...lines];
  const rank = (line: Line) => PLATFORM_ORDER.indexOf(line.mark?.type ?? '');
  const own = [...lines.entries()].filter(
    ([, line]) => line.format === format && names(line.mark, requestId),
  );
  for (const places of Map.groupBy(own, ([, { event }]) => event.timestamp).values()) {
    const sorted = places.map(([, line]) => line).sort((a, b) => rank(a) - rank(b));
    const isRepeated = new Set(sorted.map(rank)).size < sorted.length;
    if (!isRepeated)
      for (const [index, [at]] of places.entries()) ordered[at] = sorted[index] ?? (lines[at] as Line);
  }
  return ordered;
}
