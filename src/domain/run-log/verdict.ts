/** Decides how one run ended from what was read of its log. The same reading always gives the same verdict. */
import { asRecord, parseRecord } from '../foreign-json.ts';
import { describeError, errorFromRecord, errorFromReport } from '../function-error.ts';
import { withHeapEvidence } from '../out-of-memory.ts';
import type { ExecutionError, Proof } from '../outcome.ts';
import { type Line, namedRequestId, names } from './line.ts';
import type { Gap, Reading } from './reading.ts';
import type { Run } from './run.ts';
import {
  closingError,
  loggedError,
  type RuntimeFacts,
  silenceProvesSuccess,
  suspectedError,
} from './runtime-errors.ts';
import { lastMatch, mayBeCut } from './runtimes/error-reader.ts';
import { platformError, withRefusal } from './runtimes/platform.ts';

/**
 * Why a run has no verdict although it has ended.
 * - `incomplete`: lines are missing, and the next poll may read them.
 * - `cut`: a line was longer than an event, and its end is lost.
 * - `suspected`: either the runtime or the function wrote this error record.
 * - `runtime`: the runtime does not log every error.
 */
export type Unproven =
  | { type: 'unproven'; because: 'incomplete'; gaps: Gap[] }
  | { type: 'unproven'; because: 'suspected'; suspected: ExecutionError }
  | { type: 'unproven'; because: 'runtime' | 'cut' };

export type Verdict =
  | { type: 'succeeded'; proof: Proof }
  | { type: 'failed'; proof: Proof; error: ExecutionError }
  | { type: 'running' }
  | Unproven;

export function judgeRun(reading: Reading, facts: RuntimeFacts): Verdict {
  if (reading.type === 'unreadable') return { type: 'unproven', because: 'incomplete', gaps: ['middle'] };
  const { run } = reading;
  const failure = failureOf(run, facts);
  if (failure) return failure;
  if (!run.report) return { type: 'running' };
  // Managed Instances report a caught error as `error`; ordinary Lambda reports it as `success`.
  if (isManaged(run, facts) && run.report.status === 'success')
    return { type: 'succeeded', proof: 'report_status' };
  if (reading.type === 'incomplete') return { type: 'unproven', because: 'incomplete', gaps: reading.gaps };
  return judgeWhole(run, facts);
}

/** Whether it ran on a Managed Instance, by the configuration or by a version that only Managed Instances have. */
function isManaged({ lines: [start] }: Run, facts: RuntimeFacts): boolean {
  const version = start?.mark?.type === 'start' ? start.mark.version : undefined;
  return facts.managedInstances === true || version?.startsWith('$LATEST.PUBLISHED') === true;
}

/**
 * Judges a complete reading. Only here the last record counts, because in an incomplete reading others may follow it.
 */
function judgeWhole(run: Run, facts: RuntimeFacts): Verdict {
  const lines = ownLines(run);
  const closing = closingError(lines, run.requestId, run.format, facts);
  if (closing) return { type: 'failed', proof: 'runtime_record', error: closing };
  const suspected =
    suspectedError(lines, run.requestId, run.format, facts) ??
    besideError(run, facts) ??
    failedInit(run, facts)?.error;
  if (suspected) return { type: 'unproven', because: 'suspected', suspected };
  if (!silenceProvesSuccess(run.format, facts)) return { type: 'unproven', because: 'runtime' };
  if (lines.some(({ event, isShortened }) => isShortened || mayBeCut(event.message)))
    return { type: 'unproven', because: 'cut' };
  return { type: 'succeeded', proof: 'silence' };
}

/** An error just outside the run, in the millisecond of START or REPORT. It may belong to this run or to another. */
function besideError({ adjacent, requestId, format }: Run, facts: RuntimeFacts): ExecutionError | undefined {
  return (
    loggedError(adjacent, requestId, format, facts) ?? suspectedError(adjacent, requestId, format, facts)
  );
}

/**
 * A proof that the run failed. It is valid in an incomplete reading, too, if the lines certainly belong to this run.
 */
function failureOf(run: Run, facts: RuntimeFacts): Verdict | undefined {
  const { report, requestId, format } = run;
  const lines = ownLines(run);
  const logged = loggedError(lines, requestId, format, facts);
  const crash = platformError(run.lines, requestId);
  const reported = report && errorFromReport(report);
  // The record before the end of the process describes the cause best.
  const cause = () => {
    const before = beforeCrash(lines, requestId);
    return (
      logged ??
      closingError(before, requestId, format, facts) ??
      suspectedError(before.slice(-1), requestId, format, facts)
    );
  };
  if (reported && reported.kind !== 'function_error')
    return { type: 'failed', proof: 'report_status', error: reported };
  if (report && reported) {
    // The report has at most the type of the error. Its message is in the log.
    const { errorType } = report;
    const named =
      logged?.type === errorType ? logged : (initError(run, errorType, facts) ?? recordOf(lines, errorType));
    return {
      type: 'failed',
      proof: 'report_status',
      error: named ?? cause() ?? explained(run, crash ?? reported),
    };
  }
  if (crash) return { type: 'failed', proof: 'platform_error', error: cause() ?? explained(run, crash) };
  if (logged) return { type: 'failed', proof: 'runtime_record', error: logged };
  const init = failedInit(run, facts);
  return init?.isClosing ? { type: 'failed', proof: 'platform_error', error: init.error } : undefined;
}

/** The lines between the platform's own lines, if they certainly belong to this run. */
function ownLines(run: Run): Line[] {
  if (!run.hasStart && !run.interleaved) return [];
  return [...earlyLines(run), ...run.lines.filter((line) => !isOwnMark(line, run))];
}

/** Lines of the function that are before START, because they have the same millisecond as START. */
function earlyLines({ preamble, requestId }: Run): Line[] {
  return preamble.filter((line) => namedRequestId(line) === requestId);
}

function beforeCrash(lines: readonly Line[], requestId: string): Line[] {
  return lines.filter(({ event }) => !event.message.startsWith(`RequestId: ${requestId} `));
}

function explained(run: Run, error: ExecutionError): ExecutionError {
  return withHeapEvidence(
    withRefusal(error, run.lines),
    run.lines.map(({ event }) => event.message),
  );
}

/**
 * The error types that the platform uses if the initialization failed with an error of the function, whatever its type.
 */
const ANY_INIT_ERROR = new Set(['Runtime.Unknown', 'Runtime.BadFunctionCode']);

/**
 * The error that the runtime logged for a failed initialization with this error type, before START or during the run.
 */
function initError(run: Run, errorType: string | undefined, facts: RuntimeFacts): ExecutionError | undefined {
  const lines = [...run.preamble, ...run.lines];
  const error =
    loggedError(lines, run.requestId, run.format, facts) ??
    suspectedError(lines, run.requestId, run.format, facts);
  return error?.type === errorType || ANY_INIT_ERROR.has(errorType ?? '') ? error : undefined;
}

/**
 * The error if the environment could not be initialized for this run: INIT_REPORT with `Phase: invoke` and an error.
 * `isClosing`: the function wrote nothing after INIT_REPORT, so it certainly did not print INIT_REPORT itself.
 */
function failedInit(
  run: Run,
  facts: RuntimeFacts,
): { error: ExecutionError; isClosing: boolean } | undefined {
  if (!run.report) return undefined;
  const lines = [...run.preamble, ...run.lines];
  const at = lines.findLastIndex(({ mark, format }) => {
    return format === run.format && mark?.type === 'init' && mark.phase === 'invoke';
  });
  const init = lines[at]?.mark;
  if (init?.type !== 'init' || init.errorType === undefined) return undefined;
  const { errorType } = init;
  const message = `The function's environment could not be initialized: ${errorType}.`;
  const error = initError(run, errorType, facts) ?? describeError(errorType, message);
  const isClosing = beforeCrash(lines.slice(at + 1), run.requestId).every((line) => line.mark !== undefined);
  return { error, isClosing };
}

/**
 * A JSON record of the error that the report names. Loggers of functions write such records, too, so alone it proves
 * nothing.
 */
function recordOf(lines: readonly Line[], errorType: string | undefined): ExecutionError | undefined {
  if (errorType === undefined) return undefined;
  return lastMatch(lines, (message) => {
    if (!message.startsWith('{') || !message.includes(errorType)) return undefined;
    const body = parseRecord(message) ?? {};
    const error = errorFromRecord(body) ?? errorFromRecord(asRecord(body['message']) ?? {});
    return error?.type === errorType ? error : undefined;
  });
}

function isOwnMark({ mark, format }: Line, run: Run): boolean {
  return format === run.format && names(mark, run.requestId);
}
