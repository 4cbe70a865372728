/**
 * What a trace of AWS X-Ray shows about the runs of Lambda functions. For each invocation, Lambda writes one segment
 * that names the request (origin `AWS::Lambda`), and one segment for each run (origin `AWS::Lambda::Function`):
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html. Segments may arrive in any order, late, or never. So
 * success needs both segments, and both must have ended. Members and flags:
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
import { describeError } from './function-error.ts';
import type { ExecutionError } from './outcome.ts';
import { parseSegment, type Segment } from './trace-segment.ts';

/** One run of a function. All runs of an event have its request id, and all invocations of a trace have its root. */
export interface TraceRun {
  requestId: string;
  /** without a qualifier, or with the qualifier that was invoked */
  functionArn: string;
  /** epoch milliseconds; if the segment of the run has not arrived, the start of the invocation */
  startedAt: number;
  endedAt?: number;
  /** `unknown`: the run has not ended, or not all of its segments have arrived */
  outcome: 'succeeded' | 'failed' | 'unknown';
  /** present only if the run failed */
  error?: ExecutionError;
  /** true: something within the trace invoked the function, such as another function or the function itself */
  child: boolean;
}

/**
 * The status of Lambda's answer to an accepted event. The runs of the event are subsegments: `Attempt #1`, `Attempt
 * #2`.
 */
const ACCEPTED = 202;
const ATTEMPT = /^Attempt #\d+$/;
/**
 * The subsegments that Lambda itself writes. Any other subsegment that failed may be a call whose error the function
 * handled.
 */
const LAMBDAS_OWN = new Set(['Initialization', 'Restore', 'Invocation', 'Overhead']);
/** How much two clocks may differ: Lambda's service writes one segment, and the environment writes the other. */
const SKEW_MS = 50;
const NO_CAUSE =
  'AWS X-Ray marks the run as failed, without its error. The log of the function may have more.';

/**
 * The runs in the documents of one trace, oldest first.
 *
 * @param truncated true if documents may be missing: then the trace proves no success
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

/**
 * One version of each segment. Lambda writes a segment while it is in progress, and again when it has ended. The ended
 * version counts; if there are two of them, the failed one.
 */
function newest(segments: readonly Segment[]): Segment[] {
  const byId = new Map<string, Segment>();
  for (const segment of segments) {
    const before = byId.get(segment.id);
    if (!before || !isWhole(before) || (isWhole(segment) && segment.failed)) byId.set(segment.id, segment);
  }
  return [...byId.values()];
}

/** The run of a RequestResponse. It is the only one, and its response status is in Lambda's segment. */
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
  // The event is marked as failed or throttled, but no run is: a segment with a mark has not arrived yet.
  const unexplained =
    (invocation.failed || invocation.throttled) && !runs.some(({ outcome }) => outcome === 'failed');
  return unexplained ? runs.map(doubted) : runs;
}

/**
 * Whether the segment of a run belongs to this attempt. No public capture shows which parent the run of an event has.
 * So the parent may be the attempt, or Lambda's segment if the times match.
 */
function isOf(segment: Segment, attempt: Segment, invocation: Segment): boolean {
  if (segment.parentId !== invocation.id) return segment.parentId === attempt.id;
  const from = attempt.start - SKEW_MS;
  return segment.start >= from && segment.start <= (attempt.end ?? Number.POSITIVE_INFINITY) + SKEW_MS;
}

/** @param attempt what Lambda says about the run @param functions the segment of the run itself, if it has arrived */
function toRun(invocation: Segment, attempt: Segment | undefined, functions: readonly Segment[]): TraceRun[] {
  const { requestId, functionArn } = invocation;
  if (requestId === undefined || functionArn === undefined) return [];
  // A throttled attempt is not a run: Lambda tries the event again later.
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
 * Lambda's response status is 200 also if the function raised an error. So success needs both segments: ended, with
 * status 200, and neither marked as failed. After a timeout, the segment of the run is often missing:
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

/**
 * The error in the segments. It is there only if the runtime sends the header
 * `Lambda-Runtime-Function-XRay-Error-Cause` to the Runtime API, and not all runtimes do.
 */
function errorOf(segments: readonly Segment[]): ExecutionError {
  const [exception] = segments.flatMap(({ exceptions }) => exceptions);
  if (!exception) return describeError(undefined, NO_CAUSE);
  return describeError(exception.type, exception.message ?? '', exception.stack);
}
