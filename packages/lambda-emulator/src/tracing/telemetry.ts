/** What AWS keeps of each run besides its log: its trace in X-Ray and its count in CloudWatch's metrics. */
import { functionArn } from '../functions/function-name.ts';
import type { Invocation } from '../model.ts';
import { MetricStore } from './metric-store.ts';
import type { TracedRun } from './segments.ts';
import type { TraceDecision } from './trace-header.ts';
import { TraceStore } from './trace-store.ts';

export interface RunEnd {
  /** epoch milliseconds */
  startedAt: number;
  payload: Buffer;
  errorType: string | null;
  stopped: 'timeout' | 'error' | null;
}

export class Telemetry {
  readonly traces = new TraceStore();
  readonly metrics = new MetricStore();
  readonly #region: string;

  constructor(region: string) {
    this.#region = region;
  }

  /** Called when a run has ended. */
  record(invocation: Invocation, trace: TraceDecision, end: RunEnd): void {
    const { settings, qualifier, plan } = invocation;
    const { startedAt } = end;
    const failed = end.errorType !== null;
    this.metrics.add({ functionName: settings.name, qualifier, startedAt, failed }, plan.metricDelayMs());
    if (!trace.isRecorded || trace.root === null) return;
    const run = this.#tracedRun(invocation, trace, end, trace.root);
    if (invocation.invocationType === 'RequestResponse' || settings.durable) {
      this.traces.addHeldRun(run, plan.segmentDelayMs);
    } else {
      this.traces.addEventRun(invocation.truth, invocation.receivedAt, run, plan.segmentDelayMs);
    }
  }

  clear(): void {
    this.traces.clear();
    this.metrics.clear();
  }

  #tracedRun(
    { requestId, settings, qualifier }: Invocation,
    { runId, parentId }: TraceDecision,
    { startedAt, payload, errorType, stopped }: RunEnd,
    root: string,
  ): TracedRun {
    return {
      root,
      runId,
      parentId,
      requestId,
      functionName: settings.name,
      functionArn: functionArn(this.#region, settings.name, qualifier),
      startedAt,
      endedAt: Date.now(),
      error: errorType === null ? null : { type: errorType, message: readMessage(payload) },
      stopped,
    };
  }
}

function readMessage(payload: Buffer): string {
  try {
    return String(JSON.parse(payload.toString()).errorMessage ?? '');
  } catch {
    return '';
  }
}
