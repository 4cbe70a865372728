/**
 * Finds the runs in the log of a Managed Instance. Its environment runs several invocations at once, so a line belongs
 * to the request id that it names.
 */
import { type Line, namedRequestId } from './line.ts';
import { addLine, newRun, type Run, withoutStart } from './run.ts';

/**
 * Whether the environment runs several invocations at once. If the configuration is not known, the log may show it:
 * this invocation and another one of the same function overlap.
 */
export function isInterleaved(
  lines: readonly Line[],
  requestId: string,
  managedInstances: boolean | undefined,
): boolean {
  if (managedInstances === true) return true;
  const starts = lines.flatMap(({ mark }) => (mark?.type === 'start' ? [mark] : []));
  const own = starts.find((mark) => mark.requestId === requestId);
  if (own?.version?.startsWith('$LATEST.PUBLISHED')) return true;
  // An ordinary function may print the START record of another function.
  if (own?.functionArn === undefined || managedInstances === false) return false;
  const [from, end] = spanOf(lines, requestId);
  const to = end < 0 ? lines.length : end;
  return starts.some((mark) => {
    if (mark.requestId === requestId || mark.functionArn !== own.functionArn) return false;
    const [otherFrom, otherTo] = spanOf(lines, mark.requestId);
    // An invocation that started before this one may have ended although its REPORT is not visible, so it does not
    // count.
    const isKnown = otherTo >= 0 || otherFrom > from;
    return isKnown && otherFrom < to && (otherTo < 0 || otherTo > from);
  });
}

/** The positions of the START and REPORT of a request id; -1 for a missing one. */
function spanOf(lines: readonly Line[], requestId: string): [number, number] {
  const place = (type: 'start' | 'report') =>
    lines.findIndex(({ mark }) => mark?.type === type && mark.requestId === requestId);
  return [place('start'), place('report')];
}

export function interleavedRuns(lines: readonly Line[], requestId: string): Run[] {
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
