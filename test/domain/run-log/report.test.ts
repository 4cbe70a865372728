import { describe, expect, it } from 'vitest';
import { parseReport } from '../../../src/domain/run-log/report.ts';

const ID = '3f8b6c1e-52d4-4e0a-9f57-0d1c2b3a4e5f';
const FIGURES = [
  'Duration: 26.73 ms',
  'Billed Duration: 111 ms',
  'Memory Size: 128 MB',
  'Max Memory Used: 75 MB',
];
const BILLING = { duration_ms: 26.73, billed_ms: 111, memory_mb: 128, max_memory_mb: 75 };

function line(...fields: string[]): string {
  return `REPORT RequestId: ${ID}\t${fields.join('\t')}\t\n`;
}

function record(record: Record<string, unknown>, type = 'platform.report'): string {
  return JSON.stringify({ time: '2026-10-08T09:10:11.123Z', type, record });
}

describe('a REPORT line', () => {
  it('gives the figures of a warm run', () => {
    expect(parseReport(line(...FIGURES))).toEqual({ requestId: ID, billing: BILLING });
  });

  it('is read the same in every order of its fields', () => {
    const fields = [...FIGURES, 'Init Duration: 84.00 ms', 'Status: error', 'Error Type: Runtime.ExitError'];
    const expected = {
      requestId: ID,
      billing: { ...BILLING, init_ms: 84 },
      status: 'error',
      errorType: 'Runtime.ExitError',
    };
    for (let turn = 0; turn < fields.length; turn += 1) {
      const turned = [...fields.slice(turn), ...fields.slice(0, turn)];
      expect(parseReport(line(...turned))).toEqual(expected);
      expect(parseReport(line(...turned.toReversed()))).toEqual(expected);
    }
  });

  it('names the trace on its second line', () => {
    const trace =
      'XRAY TraceId: 1-65f0c1d2-0123456789abcdef01234567\tSegmentId: 53995c3f42cd8ad8\tSampled: true';
    expect(parseReport(`${line(...FIGURES)}${trace}\t\n`)).toMatchObject({
      billing: BILLING,
      traceId: '1-65f0c1d2-0123456789abcdef01234567',
    });
  });

  it('says that the run timed out', () => {
    expect(parseReport(line(...FIGURES, 'Status: timeout'))).toMatchObject({ status: 'timeout' });
  });

  it('leaves out what it cannot read', () => {
    expect(parseReport(line('Duration: 1.00 ms', 'Memory Size: many MB', 'Status: odd', 'News: 1'))).toEqual({
      requestId: ID,
      billing: { duration_ms: 1 },
    });
  });

  it.each([
    ['a line of another kind', `END RequestId: ${ID}`],
    ['words that a function prints', `REPORT RequestId: ${ID} is done`],
    ['a report further down', `see: ${line(...FIGURES)}`],
    ['an init report', 'INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: timeout'],
    ['nothing', ''],
  ])('is not %s', (_what, message) => {
    expect(parseReport(message)).toBeUndefined();
  });
});

describe('a platform.report record', () => {
  it('gives figures, status, type and the root of the trace', () => {
    const message = record({
      requestId: ID,
      metrics: {
        durationMs: 26.73,
        billedDurationMs: 111,
        memorySizeMB: 128,
        maxMemoryUsedMB: 75,
        initDurationMs: 463.512,
      },
      tracing: { type: 'X-Amzn-Trace-Id', value: 'Root=1-65f0c1d2-0123456789abcdef01234567;Sampled=0' },
      status: 'failure',
      errorType: 'ValueError',
    });
    expect(parseReport(message)).toEqual({
      requestId: ID,
      writtenAt: expect.any(Number),
      billing: { ...BILLING, init_ms: 463.512 },
      status: 'failure',
      errorType: 'ValueError',
      traceId: '1-65f0c1d2-0123456789abcdef01234567',
    });
  });

  it.each([
    ['another record', record({ requestId: ID, metrics: {} }, 'platform.start')],
    ['a record without figures', record({ requestId: ID })],
    ['a record without request id', record({ metrics: { durationMs: 1 } })],
    ['a record cut short', record({ requestId: ID, metrics: { durationMs: 1 } }).slice(0, -3)],
    ['a line that speaks of one', 'look for "platform.report"'],
    ['an array', '["platform.report"]'],
  ])('is not %s', (_what, message) => {
    expect(parseReport(message)).toBeUndefined();
  });
});
