/** What is known of a run after reading its log: all of it, or what is missing. Nothing is judged here. */
import type { Warning } from '../execution.ts';
import type { Report } from './report.ts';
import type { Run } from './run.ts';

/**
 * Why a reading is incomplete. `start`, `end`: the platform's line is not visible (yet), or may be printed; `middle`: pages between them were
 * not read; `dropped`: the platform says that it lost lines; `not_ingested`: it was read so soon after REPORT that lines
 * between START and REPORT may still become visible.
 */
export type Gap = 'start' | 'middle' | 'end' | 'dropped' | 'not_ingested';

export type Reading =
  | { type: 'complete'; run: Run; report: Report }
  | { type: 'incomplete'; run: Run; gaps: Gap[] }
  | { type: 'unreadable'; warning?: Warning };

/** @param others gaps that the lines do not show, and their reader knows of */
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
