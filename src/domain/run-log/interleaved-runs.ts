/** Runs of Managed Instances, which run several invocations at once in one environment: a line belongs to the id that it names. */
import { type Line, namedRequestId } from './line.ts';
import { addLine, newRun, type Run, withoutStart } from './run.ts';

/** Two invocations of the same function have started in this environment and neither had ended. */
export function isInterleaved(
  lines: readonly Line[],
  requestId: string,
  managedInstances: boolean | undefined,
): boolean {
  const starts = lines.flatMap(({ mark }) => (mark?.type === 'start' ? [mark] : []));
  const own = starts.find((mark) => mark.requestId === requestId);
  if (own?.version?.startsWith('$LATEST.PUBLISHED')) return true;
  // An ordinary function may print the start of another.
  if (own?.functionArn === undefined || managedInstances === false) return false;
  const from = lines.findIndex(({ mark }) => mark === own);
  const to = lines.findIndex(({ mark }) => mark?.type === 'report' && mark.requestId === requestId);
  const between = lines.slice(from + 1, to < 0 ? lines.length : to);
  return between.some(({ mark }) => mark?.type === 'start' && mark.functionArn === own.functionArn);
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
