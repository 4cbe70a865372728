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
  /** epoch milliseconds */
  endedAt: number;
  logTail: string;
  billing?: Billing;
}

/** @param gaps see toReading */
export function judgeReadRun(
  reportId: string,
  run: Run,
  facts: FunctionFacts,
  gaps: readonly Gap[],
): SettledRun {
  return {
    reportId,
    requestId: run.requestId,
    stream: run.stream,
    startedAt: run.startedAt,
    endedAt: run.lines.at(-1)?.event.timestamp ?? run.startedAt,
    verdict: judgeRun(toReading(run, gaps), facts),
    logTail: logTail(run.lines.map(({ event }) => event.message)),
    ...(run.report && { billing: run.report.billing }),
  };
}

/** Only later lines could change the verdict, and it is too early to know that there are none. */
export function isEarly({ verdict }: JudgedRun): boolean {
  return (
    verdict.type === 'unproven' &&
    verdict.because === 'incomplete' &&
    verdict.gaps.every((gap) => gap === 'not_ingested')
  );
}

/** Whether reading it again cannot change the verdict. */
export function isFinal({ verdict }: JudgedRun): boolean {
  if (verdict.type === 'unproven') return verdict.because !== 'incomplete';
  return verdict.type !== 'running';
}
