import { describe, expect, it } from 'vitest';
import type { ErrorMetricReader, MetricRead } from '../../../src/aws/error-metric.ts';
import type { FunctionFacts } from '../../../src/aws/function-reader.ts';
import type { TraceRead, TraceReader } from '../../../src/aws/trace-reader.ts';
import type { SettledRun } from '../../../src/completion/logs/judged-run.ts';
import { SecondProofs } from '../../../src/completion/logs/second-proofs.ts';
import { BridgeError, Unavailable } from '../../../src/domain/errors.ts';
import { traceRoot } from '../../../src/domain/id.ts';
import type { TraceRun } from '../../../src/domain/trace.ts';
import { openEvent } from './log-group.ts';

const MINUTE = 60_000;
const attempt = openEvent();
const root = traceRoot(attempt.id, attempt.number);
const TRACED = { tracing: 'Active' } as FunctionFacts;
const UNTRACED = {} as FunctionFacts;

function run(agoMs: number): SettledRun {
  const endedAt = Date.now() - agoMs;
  const verdict = { type: 'unproven', because: 'runtime' } as const;
  return {
    reportId: 'r',
    requestId: 'r1',
    stream: 's',
    startedAt: endedAt - 10,
    endedAt,
    logTail: '',
    mayBePrinted: false,
    verdict,
  };
}

function traceOf(own: SettledRun, overrides: Partial<TraceRun>): TraceRead {
  const { requestId, startedAt } = own;
  const traced = { requestId, startedAt, functionArn: 'arn', outcome: 'succeeded', child: false } as const;
  return { type: 'traces', runs: new Map([[root, [{ ...traced, ...overrides }]]]), unread: [] };
}

/** Sums of the minute in which a run started. */
function sums(own: SettledRun, invocations: number, errors: number): MetricRead {
  const minute = Math.floor(own.startedAt / MINUTE) * MINUTE;
  return { type: 'sums', minutes: [[{ minute, invocations, errors }]] };
}

async function proofOf(
  own: SettledRun,
  facts: FunctionFacts,
  trace: TraceRead | Error,
  metric: MetricRead | Error,
  starts = [own.startedAt],
) {
  const answer = <T>(value: T | Error) =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  const proofs = new SecondProofs(
    { find: () => answer(trace) } as unknown as TraceReader,
    { read: () => answer(metric) } as unknown as ErrorMetricReader,
  );
  return (await proofs.find([{ attempt, facts, run: own, starts }])).get(attempt);
}

const NO_TRACE: TraceRead = { type: 'traces', runs: new Map(), unread: [] };
const DENIED: MetricRead = {
  type: 'unreadable',
  warning: { code: 'metrics_access_denied', message: 'Grant it.' },
};

describe('the trace of a traced function', () => {
  const own = run(5_000);

  it('proves that the run succeeded', async () => {
    const verdict = { type: 'succeeded', proof: 'trace' };
    expect(await proofOf(own, TRACED, traceOf(own, {}), DENIED)).toEqual({ type: 'proven', verdict });
  });

  it('proves that the run failed, with its error', async () => {
    const error = { kind: 'function_error', message: 'boom', retryable: true } as const;
    const verdict = { type: 'failed', proof: 'trace', error };
    const trace = traceOf(own, { outcome: 'failed', error });
    expect(await proofOf(own, TRACED, trace, DENIED)).toEqual({ type: 'proven', verdict });
  });

  it.each([
    ['not there yet', NO_TRACE],
    ['of another request', traceOf(own, { requestId: 'child' })],
    ['of an earlier run of the request', traceOf(own, { startedAt: own.startedAt - MINUTE })],
    ['not whole yet', traceOf(own, { outcome: 'unknown' })],
  ])('is waited for while it is %s', async (_what, trace) => {
    expect(await proofOf(own, TRACED, trace, DENIED)).toEqual({ type: 'wait' });
  });

  it('is given up after a minute: its absence proves nothing', async () => {
    expect(await proofOf(run(61_000), TRACED, NO_TRACE, DENIED)).toEqual({
      type: 'none',
      warnings: [{ code: 'metrics_access_denied', message: 'Grant it.' }],
    });
  });

  it('that may not be read gives a warning, and leaves the metrics', async () => {
    const denied: TraceRead = {
      type: 'unreadable',
      warning: { code: 'traces_access_denied', message: 'Grant.' },
    };
    const old = run(4 * MINUTE);
    expect(await proofOf(old, TRACED, denied, sums(old, 1, 0))).toMatchObject({ type: 'proven' });
    expect(await proofOf(old, TRACED, denied, DENIED)).toMatchObject({
      warnings: [{ code: 'traces_access_denied' }, { code: 'metrics_access_denied' }],
    });
  });
});

describe('the metrics of the minutes around a run', () => {
  const old = run(4 * MINUTE);

  it('prove success where they count no error', async () => {
    const verdict = { type: 'succeeded', proof: 'error_metric' };
    expect(await proofOf(old, UNTRACED, NO_TRACE, sums(old, 3, 0))).toEqual({ type: 'proven', verdict });
  });

  it('prove failure where every run failed that the log shows', async () => {
    const starts = [old.startedAt, old.startedAt];
    expect(await proofOf(old, UNTRACED, NO_TRACE, sums(old, 2, 2), starts)).toMatchObject({
      type: 'proven',
      verdict: { type: 'failed', proof: 'error_metric' },
    });
  });

  it.each([
    ['some of several runs failed', sums(old, 2, 1)],
    ['the run is not among them', sums(old, 0, 0)],
    ['CloudWatch gave no data', { type: 'sums', minutes: [undefined] } as MetricRead],
    ['CloudWatch refuses them', new BridgeError('metrics_failed', 502, 'Wrong.')],
    ['CloudWatch has long been unreachable', new Unavailable('metrics_unavailable', 'Away.')],
  ])('prove nothing where %s', async (_what, metric) => {
    expect(await proofOf(old, UNTRACED, NO_TRACE, metric)).toMatchObject({ type: 'none' });
  });

  it('are waited for while they cannot be there, unless they may not be read', async () => {
    const young = run(5_000);
    expect(await proofOf(young, UNTRACED, NO_TRACE, sums(young, 1, 0))).toEqual({ type: 'wait' });
    expect(await proofOf(young, UNTRACED, NO_TRACE, DENIED)).toMatchObject({ type: 'none' });
    const away = new Unavailable('metrics_unavailable', 'Away.');
    expect(await proofOf(young, UNTRACED, NO_TRACE, away)).toEqual({ type: 'wait' });
  });
});
