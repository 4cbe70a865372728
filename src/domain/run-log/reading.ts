/** What is known of a run after reading its log: all of it, or what is missing. Nothing is judged here. */
import type { Warning } from '../execution.ts';
import type { Report } from './report.ts';
import type { Run } from './split-runs.ts';

/**
 * Why a reading is incomplete. `start`, `end`: the platform's line is not visible (yet); `middle`: pages between them were
 * not read; `dropped`: the platform says that it lost lines.
 */
export type Gap = 'start' | 'middle' | 'end' | 'dropped';

export type Reading =
  | { type: 'complete'; run: Run; report: Report }
  | { type: 'incomplete'; run: Run; gaps: Gap[] }
  | { type: 'unreadable'; warning?: Warning };

/** @param unread pages of the run's stream have not been read */
export function toReading(run: Run, unread: boolean): Reading {
  const { report } = run;
  const gaps: Gap[] = [
    ...(run.hasStart ? [] : ['start' as const]),
    ...(unread ? ['middle' as const] : []),
    // JSON logs have no END: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    ...(report && (run.hasEnd || run.format === 'JSON') ? [] : ['end' as const]),
    ...(run.lines.some(({ mark, format }) => mark?.type === 'dropped' && format === run.format)
      ? ['dropped' as const]
      : []),
  ];
  return report && gaps.length === 0 ? { type: 'complete', run, report } : { type: 'incomplete', run, gaps };
}
