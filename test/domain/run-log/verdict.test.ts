import { describe, expect, it } from 'vitest';
import {
  end,
  errorOf,
  ID,
  judged,
  NODE,
  PYTHON,
  platform,
  platformReport,
  report,
  run,
  start,
  stream,
  TIME,
} from './log-lines.ts';

it.each([
  ['JSON that is none', `{"level": "ERROR", "errorType": "a\tb", "data": "${'x'.repeat(260_000)}`],
  [
    'a message nested too deeply',
    `{"level":"ERROR","requestId":"${ID}","errorType":"E","errorMessage":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  ],
])('%s does not stop the judge', (_what, line) => {
  const events = stream([
    platform('start', { requestId: ID }),
    line,
    platformReport(ID, { status: 'success' }),
  ]);
  expect(judged(events).type).toMatch(/^(?:failed|unproven)$/);
});

it('a run that logged many traces and ends with one is judged without delay', () => {
  const trace = [
    'java.io.IOException: denied',
    ...Array.from({ length: 30 }, (_, at) => `\tat a.B.c(D.java:${at})`),
  ];
  const lines = Array.from({ length: 2_000 }, () => `${trace.join('\n')}\n`);
  expect(judged(run(...lines), { runtime: 'java21', packageType: 'Zip' })).toEqual({
    type: 'succeeded',
    proof: 'silence',
  });
});

it('a line that a function prints with its own request id is no crash', () => {
  const printed = `RequestId: ${ID} Error: the order was not found, skipped\n`;
  expect(judged(run(printed))).toEqual({ type: 'succeeded', proof: 'silence' });
  const entrypoint = `RequestId: ${ID} Error: fork/exec /var/task/bootstrap: exec format error\nRuntime.InvalidEntrypoint\n`;
  expect(judged(run(entrypoint))).toMatchObject({ type: 'failed', proof: 'platform_error' });
});

it('silence proves nothing where a wrapper may have replaced the client of the runtime', () => {
  expect(judged(run('works\n'), { ...PYTHON, execWrapper: true })).toEqual({
    type: 'unproven',
    because: 'runtime',
  });
});

it('a long name of a .NET type is read without delay', () => {
  const line = `${TIME}\t${ID}\tfail\t${'Error'.repeat(20_000)}\n   at A.B()\n`;
  const started = performance.now();
  judged(run(line), { runtime: 'dotnet8', packageType: 'Zip' });
  expect(performance.now() - started).toBeLessThan(1_000);
});

describe('a process that ended', () => {
  const ended = (type: string, ...lines: string[]) =>
    stream([start(ID), ...lines, end(ID), report(ID, `Status: error\tError Type: ${type}`)]);

  it('in its initialization is explained by what the runtime logged before START', () => {
    const logged = '[ERROR] KeyError: no table\nTraceback (most recent call last):\n';
    for (const type of ['Runtime.Unknown', 'Runtime.BadFunctionCode']) {
      const [first, ...rest] = stream([
        logged,
        start(ID),
        end(ID),
        report(ID, `Status: error\tError Type: ${type}`),
      ]);
      expect(errorOf(first ? [first, ...rest] : [])).toMatchObject({ type: 'KeyError', message: 'no table' });
    }
    expect(errorOf(ended('Runtime.Unknown'))).toMatchObject({ type: 'Runtime.Unknown' });
  });

  it('is explained by a suspected record if that is its last line', () => {
    const facts = { ...NODE, logFormat: 'JSON' as const };
    const body = { errorType: 'RangeError', errorMessage: 'late', stackTrace: ['RangeError: late'] };
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, message: body });
    const exit = platformReport(ID, { status: 'error', errorType: 'Runtime.ExitError' });
    const begin = platform('start', { requestId: ID });
    expect(errorOf(stream([begin, record, exit]), facts)).toMatchObject({ type: 'RangeError' });
    expect(errorOf(stream([begin, record, 'more\n', exit]), facts)).toMatchObject({
      type: 'Runtime.ExitError',
    });
  });

  it('says in JSON format as well that Lambda refused its answer', () => {
    const refused =
      '[ERROR] [1600000000000] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.\n';
    const exit = platformReport(ID, { status: 'error', errorType: 'Runtime.ExitError' });
    const events = stream([platform('start', { requestId: ID }), refused, 'traceback\n', exit]);
    expect(errorOf(events)?.message).toContain('Lambda refused its answer');
  });
});
