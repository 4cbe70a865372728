import { type Line, type LogFormat, names } from '../../domain/run-log/line.ts';
import { AFTER_REPORT_MS } from '../../domain/run-log/run.ts';
import { platformFormat } from '../../domain/run-log/split-runs.ts';
import type { LoggedReport } from './report-scan.ts';

/**
 * The lines of a stream that matter to the run of a report: from the invocation before it to what may follow the report. A busy stream holds thousands of short runs, and splitting all of it for each of them takes seconds.
 *
 * @param lines of one stream, oldest first
 * @param known the format of the function's log, where its configuration could be read
 */
export function linesAround(
  lines: readonly Line[],
  { event, report }: LoggedReport,
  known: LogFormat | undefined,
): readonly Line[] {
  const id = report.requestId;
  // Extensions print records of the other format.
  const format = platformFormat(lines, id, known);
  const isMark = ({ mark, format: own }: Line, type: 'start' | 'report', isOurs: boolean) =>
    own === format && mark?.type === type && (mark.requestId === id) === isOurs;
  const after = firstAfter(lines, event.timestamp + AFTER_REPORT_MS);
  // The first START is Lambda's: one that follows may be printed.
  const start = lines.findIndex((line) => isMark(line, 'start', true));
  const before = lastIndex(
    lines,
    start,
    (line) => isMark(line, 'start', false) || isMark(line, 'report', false),
  );
  // All that names the other invocation: a START of it behind its REPORT is a copy.
  const mark = lines[before]?.mark;
  const other = mark && 'requestId' in mark ? mark.requestId : undefined;
  const from = other === undefined ? 0 : lines.findIndex((line) => names(line.mark, other));
  return lines.slice(from, after);
}

/** The last index below `end`; -1 when there is none. */
function lastIndex(lines: readonly Line[], end: number, is: (line: Line) => boolean): number {
  for (let at = end - 1; at >= 0; at -= 1) {
    const line = lines[at];
    if (line && is(line)) return at;
  }
  return -1;
}

/** By bisection. */
function firstAfter(lines: readonly Line[], timestamp: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines[middle]?.event.timestamp ?? 0) > timestamp) high = middle;
    else low = middle + 1;
  }
  return low;
}
