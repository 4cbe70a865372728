/** BatchGetTraces of AWS X-Ray: https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html */
import type { TraceStore } from '../tracing/trace-store.ts';
import { AwsError } from './aws-error.ts';

const MAX_TRACES = 5;

/** If nothing of a trace has arrived, the trace is not in the answer, and its id is not among the unprocessed ids. */
export function batchGetTraces(traces: TraceStore, input: { TraceIds?: unknown }): object {
  const ids = input.TraceIds;
  if (!Array.isArray(ids) || ids.length > MAX_TRACES || ids.some((id) => typeof id !== 'string')) {
    throw new AwsError(400, 'InvalidRequestException', `TraceIds must be up to ${MAX_TRACES} trace ids.`);
  }
  return {
    Traces: ids.flatMap((id: string) => {
      const trace = traces.find(id);
      if (!trace) return [];
      const Segments = trace.segments.map((one) => ({ Id: one.id, Document: JSON.stringify(one) }));
      return { Id: id, Duration: trace.durationSeconds, LimitExceeded: false, Segments };
    }),
    UnprocessedTraceIds: [],
  };
}
