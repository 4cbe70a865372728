/**
 * Proves the end of a run whose log cannot: by its X-Ray trace where the function is traced, else by Lambda's metrics of
 * the minutes around it. Asked only for runs that were read whole, and that their log does not prove.
 */
import type { ErrorMetricReader } from '../../aws/error-metric.ts';
import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { TraceReader } from '../../aws/trace-reader.ts';
import {
  isSettled,
  judgeRuns,
  type MetricWindow,
  metricWindow,
  sumWindow,
} from '../../domain/error-metric.ts';
import { BridgeError } from '../../domain/errors.ts';
import type { OpenAttempt, Warning } from '../../domain/execution.ts';
import { describeError } from '../../domain/function-error.ts';
import { traceRoot } from '../../domain/id.ts';
import type { Verdict } from '../../domain/run-log/verdict.ts';
import type { SettledRun } from './judged-run.ts';

/** How long a trace may take; X-Ray delivers it within seconds or not at all. */
const TRACE_WAIT_MS = 60_000;
/** How long metrics may be unreachable before the run counts as unproven. */
const OUTAGE_MS = 30_000;
/** Of one poll: each needs a call, and the runs of one minute share one. */
const WINDOWS_PER_POLL = 10;

export interface UnprovenRun {
  attempt: OpenAttempt;
  facts: FunctionFacts;
  run: SettledRun;
  /** when runs of this function started, as far as its log shows, in epoch milliseconds */
  starts: readonly number[];
}

/** `wait`: a proof may still come; `none`: no second proof is to be had, perhaps for want of a permission. */
export type SecondProof =
  | { type: 'proven'; verdict: Verdict }
  | { type: 'wait' }
  | { type: 'none'; warnings: Warning[] };

const WAIT: SecondProof = { type: 'wait' };
const NONE: SecondProof = { type: 'none', warnings: [] };

export class SecondProofs {
  readonly #traces: TraceReader;
  readonly #metrics: ErrorMetricReader;

  constructor(traces: TraceReader, metrics: ErrorMetricReader) {
    this.#traces = traces;
    this.#metrics = metrics;
  }

  async find(asked: readonly UnprovenRun[]): Promise<Map<OpenAttempt, SecondProof>> {
    const traced = await this.#fromTraces(asked.filter(({ facts }) => facts.tracing === 'Active'));
    const others = asked.filter(({ attempt }) => (traced.get(attempt) ?? NONE).type === 'none');
    const measured = await this.#fromMetrics(others);
    const warnings = (attempt: OpenAttempt) => {
      const first = traced.get(attempt);
      return first?.type === 'none' ? first.warnings : [];
    };
    for (const { attempt } of others) {
      const proof = measured.get(attempt) ?? NONE;
      const both =
        proof.type === 'none' ? { ...proof, warnings: [...warnings(attempt), ...proof.warnings] } : proof;
      traced.set(attempt, both);
    }
    return traced;
  }

  async #fromTraces(asked: readonly UnprovenRun[]): Promise<Map<OpenAttempt, SecondProof>> {
    if (asked.length === 0) return new Map();
    const rootOf = ({ attempt }: UnprovenRun) => traceRoot(attempt.id, attempt.number);
    const read = await attempted(() => this.#traces.find(asked.map(rootOf)));
    return new Map(
      asked.map((one): [OpenAttempt, SecondProof] => {
        if (read instanceof BridgeError) return [one.attempt, unread(read, one.run)];
        if (read.type === 'unreadable') return [one.attempt, { type: 'none', warnings: [read.warning] }];
        const own =
          read.runs.get(rootOf(one))?.filter(({ requestId }) => requestId === one.run.requestId) ?? [];
        const run = own.find(({ startedAt }) => Math.abs(startedAt - one.run.startedAt) < RETRY_GAP_MS);
        if (run?.outcome === 'succeeded') return [one.attempt, proven({ type: 'succeeded', proof: 'trace' })];
        if (run?.outcome === 'failed' && run.error)
          return [one.attempt, proven({ type: 'failed', proof: 'trace', error: run.error })];
        return [one.attempt, Date.now() - one.run.endedAt < TRACE_WAIT_MS ? WAIT : NONE];
      }),
    );
  }

  async #fromMetrics(asked: readonly UnprovenRun[]): Promise<Map<OpenAttempt, SecondProof>> {
    const found = new Map<OpenAttempt, SecondProof>(asked.map(({ attempt }) => [attempt, WAIT]));
    const windows = Map.groupBy(asked, ({ run }) => {
      const { from, to } = metricWindow(run.startedAt, run.endedAt);
      return `${from} ${to}`;
    });
    for (const members of [...windows.values()].slice(0, WINDOWS_PER_POLL)) {
      const [first] = members;
      if (!first) continue;
      const window = metricWindow(first.run.startedAt, first.run.endedAt);
      for (const [attempt, proof] of await this.#fromWindow(members, window)) found.set(attempt, proof);
    }
    return found;
  }

  /** Reads also before the metrics can be there: that shows whether waiting for them makes sense. */
  async #fromWindow(
    members: readonly UnprovenRun[],
    window: MetricWindow,
  ): Promise<[OpenAttempt, SecondProof][]> {
    const targets = members.map(({ attempt }) => ({
      function: attempt.function,
      ...(attempt.qualifier !== null && { qualifier: attempt.qualifier }),
    }));
    const read = await attempted(() => this.#metrics.read(targets, window));
    return members.map((one, at): [OpenAttempt, SecondProof] => {
      const { attempt, run } = one;
      if (read instanceof BridgeError) return [attempt, unread(read, run)];
      if (read.type === 'unreadable') return [attempt, { type: 'none', warnings: [read.warning] }];
      if (!isSettled(run.endedAt)) return [attempt, WAIT];
      const minutes = read.minutes[at];
      return [attempt, minutes ? judged(one, sumWindow(minutes, window, run.endedAt), window) : NONE];
    });
  }
}

/** Lambda waits a minute before it runs a failed event again, so runs of one request are at least that far apart. */
const RETRY_GAP_MS = 30_000;

function judged(
  { starts, run }: UnprovenRun,
  sums: ReturnType<typeof sumWindow>,
  { from, to }: MetricWindow,
): SecondProof {
  const runs = starts.filter((start) => start >= from && start < to).length;
  switch (judgeRuns(runs, sums)) {
    case 'all_succeeded':
      return proven({ type: 'succeeded', proof: 'error_metric' });
    case 'all_failed': {
      const message = "Lambda's Errors metric counts the run as failed; its log has no error.";
      const error = suspectedOf(run) ?? describeError(undefined, message);
      return proven({ type: 'failed', proof: 'error_metric', error });
    }
    case 'undecided':
      return NONE;
  }
}

function suspectedOf({ verdict }: SettledRun) {
  return verdict.type === 'unproven' && verdict.because === 'suspected' ? verdict.suspected : undefined;
}

function proven(verdict: Verdict): SecondProof {
  return { type: 'proven', verdict };
}

async function attempted<T>(read: () => Promise<T>): Promise<T | BridgeError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
}

function unread(error: BridgeError, { endedAt }: SettledRun): SecondProof {
  if (error.retryable) return Date.now() - endedAt < OUTAGE_MS ? WAIT : NONE;
  return { type: 'none', warnings: [{ code: error.code, message: error.message }] };
}
