/** The X-Ray trace header of an Invoke request, and whether Lambda follows it. */
import { randomBytes } from 'node:crypto';

export type TracingMode = 'Active' | 'PassThrough';

/** What happens with the trace of one run. */
export interface TraceDecision {
  /** shown in REPORT and `platform.report`; null: the trace is not sampled */
  root: string | null;
  /** segments are sent to X-Ray */
  isRecorded: boolean;
  /** the segment of the caller; the trace is the caller's */
  parentId: string | null;
  /** the run's own segment, the parent of whatever the function calls */
  runId: string;
  /** what the function gets; undefined: nothing */
  header: string | undefined;
}

/**
 * The header of a request. If the function's tracing is `Active`, missing fields are added, so that all tries of an
 * event have the same root. If the header has no sampling decision, AWS samples one request a second and 5 % of the
 * rest. The emulator samples all of them.
 */
export function completeHeader(mode: TracingMode, header: string | null): string | undefined {
  if (mode !== 'Active' || readField(header, 'Sampled') === '0') return header ?? undefined;
  const parent = readField(header, 'Parent');
  const fields = [`Root=${readTraceRoot(header) ?? newRoot()}`, parent && `Parent=${parent}`, 'Sampled=1'];
  return fields.filter(Boolean).join(';');
}

/**
 * With `Active`, the decision in the header applies. With `PassThrough`, the header is only passed on.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export function decideTrace(mode: TracingMode, header: string | undefined): TraceDecision {
  const root = readField(header, 'Sampled') === '1' ? readTraceRoot(header) : null;
  const isRecorded = mode === 'Active' && root !== null;
  const runId = newSegmentId();
  return {
    root,
    isRecorded,
    parentId: readField(header, 'Parent'),
    runId,
    header: isRecorded ? `Root=${root};Parent=${runId};Sampled=1` : header,
  };
}

/** The root of a trace header such as `Root=1-…;Parent=…`. */
export function readTraceRoot(header: string | null | undefined): string | null {
  return readField(header, 'Root');
}

export function newSegmentId(): string {
  return randomBytes(8).toString('hex');
}

function readField(header: string | null | undefined, name: string): string | null {
  const field = (header ?? '').split(';').find((part) => part.trim().startsWith(`${name}=`));
  return field?.trim().slice(name.length + 1) || null;
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids */
function newRoot(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `1-${seconds}-${randomBytes(12).toString('hex')}`;
}
