/** How one run ended, proven from what was read of its log. Pure: the same reading gives the same verdict. */
import { describeError, errorFromReport } from '../function-error.ts';
import type { ExecutionError } from '../outcome.ts';
import type { Line } from './line.ts';
import type { Gap, Reading } from './reading.ts';
import type { Report } from './report.ts';
import { loggedError, type RuntimeFacts, silenceProvesSuccess } from './runtime-errors.ts';
import { platformError } from './runtimes/platform.ts';
import type { Run } from './split-runs.ts';

/**
 * What proves a verdict. `report_status`: Lambda's own status; `platform_error`: a line of the platform;
 * `runtime_record`: the error record of the runtime's client; `silence`: a complete log without such a record, of a
 * runtime that writes one for every error.
 */
export type LogProof = 'report_status' | 'platform_error' | 'runtime_record' | 'silence';

/** Why a run that has ended is not judged: its log is incomplete, or its runtime does not log every error. */
export type Unproven =
  | { type: 'unproven'; because: 'incomplete'; gaps: Gap[] }
  | { type: 'unproven'; because: 'runtime' };

export type Verdict =
  | { type: 'succeeded'; proof: LogProof }
  | { type: 'failed'; proof: LogProof; error: ExecutionError }
  | { type: 'running' }
  | Unproven;

export function judgeRun(reading: Reading, facts: RuntimeFacts): Verdict {
  if (reading.type === 'unreadable') return { type: 'unproven', because: 'incomplete', gaps: ['middle'] };
  const { run } = reading;
  const failure = failureOf(run, facts);
  if (failure) return failure;
  if (!run.report) return { type: 'running' };
  // Managed Instances report a caught error as `error`; ordinary Lambda reports it as `success`.
  const trusted = run.interleaved || facts.managedInstances === true;
  if (trusted && run.report.status === 'success') return { type: 'succeeded', proof: 'report_status' };
  if (reading.type === 'incomplete') return { type: 'unproven', because: 'incomplete', gaps: reading.gaps };
  return silenceProvesSuccess(run.format, facts)
    ? { type: 'succeeded', proof: 'silence' }
    : { type: 'unproven', because: 'runtime' };
}

/** A proof of failure holds in an incomplete reading as well, as long as the lines are surely of this run. */
function failureOf(run: Run, facts: RuntimeFacts): Verdict | undefined {
  const { report, requestId } = run;
  const reported = report && errorFromReport(report);
  const lines = run.hasStart || run.interleaved ? run.lines.filter((line) => !isOwnMark(line, run)) : [];
  const crash = platformError(run.lines, requestId);
  const logged = loggedError(lines, requestId, run.format, facts);
  if (report && reported) {
    const error =
      reported.kind === 'function_error'
        ? detailed(reported, report, [crash, logged, initError(run, facts)])
        : reported;
    return { type: 'failed', proof: 'report_status', error };
  }
  if (crash) return { type: 'failed', proof: 'platform_error', error: initError(run, facts, crash) ?? crash };
  if (logged) return { type: 'failed', proof: 'runtime_record', error: logged };
  return failedInit(run, facts);
}

/** The report names the type of an error at most; the log has its message. */
function detailed(
  reported: ExecutionError,
  { errorType }: Report,
  found: readonly (ExecutionError | undefined)[],
): ExecutionError {
  const known = found.filter((error) => error !== undefined);
  return known.find(({ type }) => type === errorType) ?? known[0] ?? reported;
}

/** What the runtime logged when it failed to initialize, before START or during the run. */
function initError(run: Run, facts: RuntimeFacts, other?: ExecutionError): ExecutionError | undefined {
  const error = loggedError([...run.preamble, ...run.lines], run.requestId, run.format, facts);
  return other && error?.type !== other.type ? undefined : error;
}

/** The environment could not be initialized for this run: INIT_REPORT with `Phase: invoke` and an error. */
function failedInit(run: Run, facts: RuntimeFacts): Verdict | undefined {
  if (!run.report) return undefined;
  const init = [...run.preamble, ...run.lines].findLast(
    ({ mark }) => mark?.type === 'init' && mark.phase === 'invoke',
  );
  if (init?.mark?.type !== 'init' || init.mark.errorType === undefined) return undefined;
  const { errorType } = init.mark;
  const logged = initError(run, facts);
  const error =
    logged?.type === errorType
      ? logged
      : describeError(errorType, `The function's environment could not be initialized: ${errorType}.`);
  return { type: 'failed', proof: 'platform_error', error };
}

function isOwnMark({ mark, format }: Line, run: Run): boolean {
  return (
    format === run.format && mark !== undefined && 'requestId' in mark && mark.requestId === run.requestId
  );
}
