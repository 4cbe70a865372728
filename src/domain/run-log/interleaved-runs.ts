/** Runs of Managed Instances, which run several invocations at once in one environment: a line belongs to the id that it names. */
import { type Line, namedRequestId } from './line.ts';
import { addLine, newRun, type Run, withoutStart } from './run.ts';

/**
 * Whether the environment runs several invocations at once. Where the configuration does not say it: another invocation of
 * the same function has started, and neither had ended.
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
  // An ordinary function may print the start of another.
  if (own?.functionArn === undefined || managedInstances === false) return false;
  const [from, end] = spanOf(lines, requestId);
  const to = end < 0 ? lines.length : end;
  return starts.some((mark) => {
    if (mark.requestId === requestId || mark.functionArn !== own.functionArn) return false;
    const [otherFrom, otherTo] = spanOf(lines, mark.requestId);
    // A predecessor whose REPORT is not visible has ended all the same.
    const isKnown = otherTo >= 0 || otherFrom > from;
    return isKnown && otherFrom < to && (otherTo < 0 || otherTo > from);
  });
}

/** The places of its START and REPORT; -1 where there is none. */
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
