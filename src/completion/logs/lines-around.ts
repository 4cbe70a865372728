import { type Line, names } from '../../domain/run-log/line.ts';
import { AFTER_REPORT_MS } from '../../domain/run-log/run.ts';
import type { SeenReport } from './report-scan.ts';

/**
 * The lines of a stream that matter to the run of a report: from the end of the invocation before it, or the line of START
 * that is nearest, to what may follow the report. A busy stream holds thousands of short runs, and splitting all of it for
 * each of them takes seconds. All of it, where it names the invocation in both log formats: one of them is printed.
 *
 * @param lines of one stream, oldest first
 */
export function linesAround(lines: readonly Line[], { event, report }: SeenReport): readonly Line[] {
  const after = firstAfter(lines, event.timestamp + AFTER_REPORT_MS);
  const id = report.requestId;
  const at = lastIndex(lines, firstAfter(lines, event.timestamp), (line) => line.event.id === event.id);
  const format = lines[at]?.format;
  if (lines.some((line) => line.format !== format && names(line.mark, id))) return lines;
  const start = lastIndex(lines, at, (line) => line.mark?.type === 'start' && names(line.mark, id));
  const before = lastIndex(lines, start, ({ mark }) => {
    return (mark?.type === 'start' || mark?.type === 'report') && !names(mark, id);
  });
  return lines.slice(Math.max(0, before), after);
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
