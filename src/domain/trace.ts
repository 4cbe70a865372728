/**
 * What a trace of AWS X-Ray tells of the runs of Lambda functions. Of each invocation Lambda writes a segment of its own
 * (origin `AWS::Lambda`), which names the request, and one for each run (origin `AWS::Lambda::Function`):
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html. Segments come in any order, late, or never, so only a
 * pair of ended segments proves anything. Members and flags:
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
import { describeError } from './function-error.ts';
import type { ExecutionError } from './outcome.ts';
import { parseSegment, type Segment } from './trace-segment.ts';

/** One run of a function. All runs of an event have its request id, and all invocations of a trace have its root. */
export interface TraceRun {
  requestId: string;
  /** unqualified, or with the qualifier that was invoked */
  functionArn: string;
  /** epoch milliseconds; of a run whose own segment is not there (yet), those of the invocation */
  startedAt: number;
  endedAt?: number;
  /** `unknown`: it still runs, or its segments are not all there */
  outcome: 'succeeded' | 'failed' | 'unknown';
  /** only when it failed */
  error?: ExecutionError;
  /** true: something within the trace invoked it, such as a function of the same trace, itself included */
  child: boolean;
}

/** Lambda's answer to an accepted event; the runs follow as subsegments `Attempt #1`, `Attempt #2`. */
const ACCEPTED = 202;
const ATTEMPT = /^Attempt #\d+$/;
/** Subsegments that Lambda writes; a failed one of any other name may be a call that the function handled. */
const LAMBDAS_OWN = new Set(['Initialization', 'Restore', 'Invocation', 'Overhead']);
/** Between the clocks of Lambda's service and of the environment, which write the two segments. */
const SKEW_MS = 50;
const NO_CAUSE =
  'AWS X-Ray marks the run as failed, without its error. The log of the function may have more.';

/**
 * The runs in the documents of one trace, oldest first.
 *
 * @param truncated true when documents may be missing: then nothing proves success
 */
export function runsOfTrace(documents: readonly string[], truncated = false): TraceRun[] {
  const segments = newest(documents.flatMap((document) => parseSegment(document) ?? []));
  const functions = segments.filter(({ origin }) => origin === 'AWS::Lambda::Function');
  const runs = segments
    .filter(({ origin }) => origin === 'AWS::Lambda')
    .flatMap((invocation) =>
      invocation.status === ACCEPTED ? eventRuns(invocation, functions) : heldRun(invocation, functions),
    );
  return (truncated ? runs.map(doubted) : runs).sort((a, b) => a.startedAt - b.startedAt);
}

/** A segment is written while it is in progress, and again when it has ended; of two that ended, the failed one. */
function newest(segments: readonly Segment[]): Segment[] {
  const byId = new Map<string, Segment>();
  for (const segment of segments) {
    const before = byId.get(segment.id);
    if (!before || !isWhole(before) || (isWhole(segment) && segment.failed)) byId.set(segment.id, segment);
  }
  return [...byId.values()];
}

/** A RequestResponse: one run, whose response status is that of Lambda's segment. */
function heldRun(invocation: Segment, functions: readonly Segment[]): TraceRun[] {
  return toRun(
    invocation,
    invocation,
    functions.filter(({ parentId }) => parentId === invocation.id),
  );
}

function eventRuns(invocation: Segment, functions: readonly Segment[]): TraceRun[] {
  const attempts = invocation.subsegments.filter(({ name }) => ATTEMPT.test(name));
  const ids = new Set([invocation.id, ...attempts.map(({ id }) => id)]);
  const own = functions.filter(({ parentId }) => parentId !== undefined && ids.has(parentId));
  const lone = own.filter((segment) => !attempts.some((attempt) => isOf(segment, attempt, invocation)));
  const runs = [
    ...attempts.flatMap((attempt) =>
      toRun(
        invocation,
        attempt,
        own.filter((segment) => isOf(segment, attempt, invocation)),
      ),
    ),
    ...lone.flatMap((segment) => toRun(invocation, undefined, [segment])),
  ];
  if (runs.length === 0) return toRun(invocation, undefined, []);
  // The event as a whole is marked, and no run shows why: one of the marks is still to come.
  const unexplained =
    (invocation.failed || invocation.throttled) && !runs.some(({ outcome }) => outcome === 'failed');
  return unexplained ? runs.map(doubted) : runs;
}

/** Public captures show no event's run with its parent: both Lambda's segment and the attempt are taken for it. */
function isOf(segment: Segment, attempt: Segment, invocation: Segment): boolean {
  if (segment.parentId !== invocation.id) return segment.parentId === attempt.id;
  const from = attempt.start - SKEW_MS;
  return segment.start >= from && segment.start <= (attempt.end ?? Number.POSITIVE_INFINITY) + SKEW_MS;
}

/** @param attempt what Lambda says of the run; @param functions the run's own segment, as far as it is there */
function toRun(invocation: Segment, attempt: Segment | undefined, functions: readonly Segment[]): TraceRun[] {
  const { requestId, functionArn } = invocation;
  if (requestId === undefined || functionArn === undefined) return [];
  // It did not run: Lambda tries an event again, and answers a RequestResponse with 429.
  if (attempt?.throttled && functions.length === 0 && invocation !== attempt) return [];
  const outcome = judge(attempt, functions);
  const span = functions[0] ?? attempt ?? invocation;
  return [
    {
      requestId,
      functionArn,
      startedAt: span.start,
      ...(span.end === undefined || span.inProgress ? {} : { endedAt: span.end }),
      outcome,
      ...(outcome === 'failed' ? { error: errorOf([...functions, ...(attempt ? [attempt] : [])]) } : {}),
      child: invocation.parentId !== undefined,
    },
  ];
}

/**
 * Lambda's response status is 200 for a function error as well, so success takes both segments: ended, with 200, and no
 * mark of failure on either. A timeout often leaves the run without its segment:
 * https://github.com/aws-powertools/powertools-lambda-dotnet/issues/245
 */
function judge(attempt: Segment | undefined, functions: readonly Segment[]): TraceRun['outcome'] {
  const [own, ...others] = functions;
  if (attempt?.throttled || others.length > 0) return 'unknown';
  if (own && isWhole(own) && own.failed) return 'failed';
  if (!attempt || !isWhole(attempt) || attempt.status !== 200) return 'unknown';
  if (attempt.failed) return 'failed';
  if (!own || !isWhole(own) || own.exceptions.length > 0) return 'unknown';
  const doubtful = own.subsegments.some(({ name, failed }) => failed && LAMBDAS_OWN.has(name));
  return doubtful ? 'unknown' : 'succeeded';
}

function isWhole({ end, inProgress }: Segment): boolean {
  return end !== undefined && !inProgress;
}

function doubted(run: TraceRun): TraceRun {
  return run.outcome === 'succeeded' ? { ...run, outcome: 'unknown' } : run;
}

/** The runtime sends it to the Runtime API in the header `Lambda-Runtime-Function-XRay-Error-Cause`; not all do. */
function errorOf(segments: readonly Segment[]): ExecutionError {
  const [exception] = segments.flatMap(({ exceptions }) => exceptions);
  if (!exception) return describeError(undefined, NO_CAUSE);
  return describeError(exception.type, exception.message ?? '', exception.stack);
}
