/** How one run ended, proven from what was read of its log. Pure: the same reading gives the same verdict. */
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
 * Why a run that has ended is not judged. `incomplete`: more may be read later; `cut`: a line is longer than an event, and
 * its rest is lost; `suspected`: this record may be the runtime's or the function's own; `runtime`: it does not log every
 * error.
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

/** By the configuration or, where it cannot be read, by the version that only they have. */
function isManaged({ lines: [start] }: Run, facts: RuntimeFacts): boolean {
  const version = start?.mark?.type === 'start' ? start.mark.version : undefined;
  return facts.managedInstances === true || version?.startsWith('$LATEST.PUBLISHED') === true;
}

/** The last record counts only here: in an incomplete reading, others may follow it. */
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

/** An error of the same millisecond as START or REPORT, outside of them: it may be of this run or of another. */
function besideError({ adjacent, requestId, format }: Run, facts: RuntimeFacts): ExecutionError | undefined {
  return (
    loggedError(adjacent, requestId, format, facts) ?? suspectedError(adjacent, requestId, format, facts)
  );
}

/** A proof of failure holds in an incomplete reading as well, as long as the lines are surely of this run. */
function failureOf(run: Run, facts: RuntimeFacts): Verdict | undefined {
  const { report, requestId, format } = run;
  const lines = ownLines(run);
  const logged = loggedError(lines, requestId, format, facts);
  const crash = platformError(run.lines, requestId);
  const reported = report && errorFromReport(report);
  // What ended the process is told best by the record before it.
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
    // The report has the type of an error at most; the log has its message.
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

/** What the run wrote between the platform's own lines, where they are surely of this run. */
function ownLines(run: Run): Line[] {
  if (!run.hasStart && !run.interleaved) return [];
  return [...earlyLines(run), ...run.lines.filter((line) => !isOwnMark(line, run))];
}

/** Lines of the function may come before START: both have the same millisecond. */
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

/** The platform's words for an initialization that failed with any error of the function. */
const ANY_INIT_ERROR = new Set(['Runtime.Unknown', 'Runtime.BadFunctionCode']);

/** What the runtime logged of a failed initialization with this error, before START or during the run. */
function initError(run: Run, errorType: string | undefined, facts: RuntimeFacts): ExecutionError | undefined {
  const lines = [...run.preamble, ...run.lines];
  const error =
    loggedError(lines, run.requestId, run.format, facts) ??
    suspectedError(lines, run.requestId, run.format, facts);
  return error?.type === errorType || ANY_INIT_ERROR.has(errorType ?? '') ? error : undefined;
}

/**
 * The environment could not be initialized for this run: INIT_REPORT with `Phase: invoke` and an error.
 * `isClosing`: the function has written nothing after it, so that it has surely not printed it.
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

/** A JSON record of the error that the report names. Loggers of users write such records too, so it proves nothing alone. */
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
