/** What is known about a run after its log was read: all lines, or what is missing. verdict.ts judges it. */
import type { Warning } from '../execution.ts';
import type { Report } from './report.ts';
import type { Run } from './run.ts';

/**
 * Why a reading is incomplete.
 * - `start`: START is not visible (yet), or the function may have printed it.
 * - `end`: REPORT is not visible (yet); in text format also END.
 * - `middle`: pages between START and REPORT were not read.
 * - `dropped`: the platform reports that it lost lines.
 * - `not_ingested`: the log was read so soon after REPORT that other lines of the run may still become visible.
 */
export type Gap = 'start' | 'middle' | 'end' | 'dropped' | 'not_ingested';

export type Reading =
  | { type: 'complete'; run: Run; report: Report }
  | { type: 'incomplete'; run: Run; gaps: Gap[] }
  | { type: 'unreadable'; warning?: Warning };

/** @param others gaps that only the code which read the lines can know */
export function toReading(run: Run, others: readonly Gap[] = []): Reading {
  const { report } = run;
  const gaps: Gap[] = [
    ...(run.hasStart && !run.mayBePrinted ? [] : ['start' as const]),
    // JSON logs have no END: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    ...(report && (run.hasEnd || run.format === 'JSON') ? [] : ['end' as const]),
    ...(run.lines.some(({ mark, format }) => mark?.type === 'dropped' && format === run.format)
      ? ['dropped' as const]
      : []),
    ...others,
  ];
  return report && gaps.length === 0 ? { type: 'complete', run, report } : { type: 'incomplete', run, gaps };
}
