/**
 * The segments of a function's runs, with the members that AWS writes:
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
import { ACCOUNT_ID } from '../functions/function-name.ts';
import { newSegmentId } from './trace-header.ts';

/** One run of a function, as X-Ray sees it. Times are epoch milliseconds. */
export interface TracedRun {
  root: string;
  /** the id of the run's own segment */
  runId: string;
  parentId: string | null;
  requestId: string;
  functionName: string;
  functionArn: string;
  startedAt: number;
  endedAt: number;
  /** the error that the runtime posted; null: none */
  error: { type: string; message: string } | null;
  /** how Lambda itself ended the run; null: it did not */
  stopped: 'timeout' | 'error' | null;
}

export interface Segment {
  id: string;
  [member: string]: unknown;
}

/** Lambda's own segment of a request. Its response status is 200 also if the function raised an error. */
export function invocationSegment(id: string, run: TracedRun): Segment {
  return { ...lambdaSegment(id, run, 200), end_time: seconds(run.endedAt), ...marks(run) };
}

/** Lambda's own segment of an event. It ends with the 202; the runs are its subsegments. */
export function eventSegment(id: string, acceptedAt: number, run: TracedRun, attempts: Segment[]): Segment {
  return {
    ...lambdaSegment(id, { ...run, startedAt: acceptedAt }, 202),
    end_time: seconds(acceptedAt + 1),
    subsegments: attempts,
  };
}

export function attemptSubsegment(run: TracedRun, number: number): Segment {
  return {
    id: newSegmentId(),
    name: `Attempt #${number}`,
    start_time: seconds(run.startedAt),
    end_time: seconds(run.endedAt),
    http: { response: { status: 200 } },
    ...marks(run),
  };
}

/** The segment of the run itself, which names the error. Null after a timeout, which often leaves none behind. */
export function runSegment(parentId: string, run: TracedRun): Segment | null {
  if (run.stopped === 'timeout') return null;
  const time = { start_time: seconds(run.startedAt), end_time: seconds(run.endedAt) };
  return {
    id: run.runId,
    name: run.functionName,
    trace_id: run.root,
    parent_id: parentId,
    ...time,
    origin: 'AWS::Lambda::Function',
    aws: { account_id: ACCOUNT_ID, function_arn: run.functionArn, resource_names: [run.functionName] },
    subsegments: [{ id: newSegmentId(), name: 'Invocation', ...time }],
    ...((run.error || run.stopped) && { fault: true }),
    ...(run.error && { cause: { exceptions: [{ id: newSegmentId(), ...run.error, stack: [] }] } }),
  };
}

function lambdaSegment(id: string, run: TracedRun, status: number): Segment {
  return {
    id,
    name: run.functionName,
    trace_id: run.root,
    ...(run.parentId !== null && { parent_id: run.parentId }),
    start_time: seconds(run.startedAt),
    http: { response: { status } },
    aws: { request_id: run.requestId },
    origin: 'AWS::Lambda',
    resource_arn: run.functionArn,
  };
}

/**
 * The marks of Lambda's own segment, which are set only if Lambda itself ended the run. The run's segment marks a
 * caught error.
 */
function marks({ stopped }: TracedRun): object {
  return stopped === null ? {} : { fault: true };
}

function seconds(ms: number): number {
  return ms / 1000;
}
