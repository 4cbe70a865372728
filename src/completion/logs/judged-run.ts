import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { Billing } from '../../domain/outcome.ts';
import type { JudgedRun } from '../../domain/run-log/invocation-verdict.ts';
import { logTail } from '../../domain/run-log/log-tail.ts';
import { type Gap, toReading } from '../../domain/run-log/reading.ts';
import type { Run } from '../../domain/run-log/run.ts';
import { judgeRun } from '../../domain/run-log/verdict.ts';

/** A run with its verdict, and what of its log is kept with the outcome. */
export interface SettledRun extends JudgedRun {
  /** the id of the report's log event */
  reportId: string;
  requestId: string;
  stream: string;
  /** see Run */
  mayBePrinted: boolean;
  /** epoch milliseconds */
  endedAt: number;
  logTail: string;
  billing?: Billing;
  /** where further lines may become visible: until when, in epoch milliseconds */
  wholeFrom?: number;
}

/** @param wholeFrom where it was read so early that lines of it may still become visible */
export function judgeReadRun(
  reportId: string,
  run: Run,
  facts: FunctionFacts,
  wholeFrom: number | undefined,
): SettledRun {
  const gaps: Gap[] = wholeFrom === undefined ? [] : ['not_ingested'];
  return {
    reportId,
    requestId: run.requestId,
    stream: run.stream,
    mayBePrinted: run.mayBePrinted,
    startedAt: run.startedAt,
    endedAt: run.lines.at(-1)?.event.timestamp ?? run.startedAt,
    verdict: judgeRun(toReading(run, gaps), facts),
    logTail: logTail(run.lines.map(({ event }) => event.message)),
    ...(run.report && { billing: run.report.billing }),
    ...(wholeFrom !== undefined && { wholeFrom }),
  };
}

/** It was read so early that lines of it may still become visible. */
export function isEarly(run: JudgedRun): boolean {
  return gapsOf(run).includes('not_ingested');
}

/** Nothing but late lines could change the verdict, so reading it again before they can have come is in vain. */
export function awaitsLateLines(run: JudgedRun): boolean {
  return isEarly(run) && gapsOf(run).length === 1;
}

function gapsOf({ verdict }: JudgedRun): Gap[] {
  return verdict.type === 'unproven' && verdict.because === 'incomplete' ? verdict.gaps : [];
}

/** Whether reading it again cannot change the verdict. */
export function isFinal({ verdict }: JudgedRun): boolean {
  if (verdict.type === 'unproven') return verdict.because !== 'incomplete';
  return verdict.type !== 'running';
}
