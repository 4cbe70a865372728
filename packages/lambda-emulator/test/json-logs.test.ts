import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, eventually, startEmulator } from './emulator.ts';

/** Parses records to objects, and keeps other lines unchanged. */
function parse(lines: string[]): unknown[] {
  return lines.map((line) => (line.startsWith('{') ? JSON.parse(line) : line));
}

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** The records of Python's runtime have no milliseconds. */
const SECOND = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function';

describe('a log in JSON', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.stop());

  const tailOf = (tail: string) => parse(tail.trimEnd().split('\n'));

  test('has platform records around those of a Python function, and print output unchanged', async () => {
    const { requestId } = await emulator.invoke('json_python');
    const lines = parse(await emulator.messages('/aws/lambda/json_python'));
    expect(lines).toEqual([
      {
        time: TIME,
        type: 'platform.initStart',
        record: expect.objectContaining({
          functionArn: `${ARN}:json_python`,
          instanceId: expect.stringContaining('[$LATEST]'),
        }),
      },
      {
        time: TIME,
        type: 'platform.start',
        record: { requestId, functionArn: `${ARN}:json_python`, version: '$LATEST' },
      },
      'printed',
      { timestamp: SECOND, level: 'WARNING', message: 'two\nlines', logger: 'root', requestId },
      {
        timestamp: SECOND,
        level: 'ERROR',
        message: 'logged',
        logger: 'root',
        requestId,
        errorType: 'KeyError',
        errorMessage: "'caught'",
        stackTrace: [expect.stringContaining('app.py')],
        location: expect.stringMatching(/app\.py:handler:\d+$/),
      },
      {
        time: TIME,
        type: 'platform.report',
        record: {
          requestId,
          metrics: {
            durationMs: expect.any(Number),
            billedDurationMs: expect.any(Number),
            memorySizeMB: 128,
            maxMemoryUsedMB: expect.any(Number),
            initDurationMs: expect.any(Number),
          },
          status: 'success',
        },
      },
    ]);
  });

  test('has one record for each console call of a Node function, with objects as JSON', async () => {
    const { requestId, tail } = await emulator.invoke('json_node');
    expect(tailOf(tail).slice(2, -1)).toEqual([
      { timestamp: TIME, level: 'INFO', requestId, message: 'two\nlines, 2' },
      { timestamp: TIME, level: 'INFO', requestId, message: { answer: 42 } },
      expect.objectContaining({
        level: 'ERROR',
        message: expect.objectContaining({ errorType: 'RangeError', errorMessage: 'logged' }),
      }),
      'raw',
    ]);
  });

  test.for([
    ['json_python', { fail: true }, { status: 'success' }],
    ['json_node', { fail: true }, { status: 'success' }],
    ['json_node', { exit: true }, { status: 'error', errorType: 'Runtime.ExitError' }],
    ['json_python', { seconds: 9 }, { status: 'timeout' }],
  ] as const)(
    'has a platform.report of %s with %j that shows how its process ended',
    async ([name, event, end]) => {
      const { tail } = await emulator.invoke(name, event);
      const report = tailOf(tail).at(-1) as { record: object };
      const { metrics: _, requestId: __, ...rest } = report.record as Record<string, unknown>;
      expect(rest).toEqual(end);
    },
  );

  test('has the error that a handler raised', async () => {
    const python = await emulator.invoke('json_python', { fail: true });
    expect(tailOf(python.tail)).toContainEqual({
      timestamp: SECOND,
      level: 'ERROR',
      errorType: 'ValueError',
      errorMessage: 'asked to fail',
      requestId: python.requestId,
      stackTrace: [expect.stringContaining('app.py')],
    });
    const node = await emulator.invoke('json_node', { fail: true });
    expect(tailOf(node.tail)).toContainEqual({
      timestamp: TIME,
      level: 'ERROR',
      requestId: node.requestId,
      message: {
        errorType: 'TypeError',
        errorMessage: 'asked to fail',
        stackTrace: expect.arrayContaining([expect.stringContaining('index.mjs')]),
      },
    });
  });

  test('has a tail of whole records, at most 4096 bytes', async () => {
    const { tail, requestId } = await emulator.invoke('json_python', { lines: 100 });
    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(4096);
    const records = tailOf(tail);
    expect(records[0]).toMatchObject({ message: expect.stringMatching(/^line \d{6}$/), requestId });
    expect(records.at(-1)).toMatchObject({ type: 'platform.report' });
  });

  test('has no platform records at the level WARN, but the tail does', async () => {
    const { tail } = await emulator.invoke('json_quiet');
    expect(await emulator.messages('/aws/lambda/json_quiet')).toEqual(['printed']);
    expect(tailOf(tail).at(-1)).toMatchObject({ type: 'platform.report', record: { status: 'success' } });
  });

  test('has a sampled trace in platform.report', async () => {
    const value = 'Root=1-6581a8b0-0123456789abcdef01234567;Sampled=1';
    const answer = await fetch(`${emulator.url}/2015-03-31/functions/json_node/invocations`, {
      method: 'POST',
      headers: { 'x-amzn-trace-id': value, 'x-amz-log-type': 'Tail' },
    });
    const tail = Buffer.from(answer.headers.get('x-amz-log-result') ?? '', 'base64').toString();
    expect(tailOf(tail).at(-1)).toMatchObject({ record: { tracing: { type: 'X-Amzn-Trace-Id', value } } });
  });

  test.for([
    [
      'json_quiet',
      {
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'WARN',
        LogGroup: '/aws/lambda/json_quiet',
      },
    ],
    [
      'json_node',
      { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO', LogGroup: 'json-group' },
    ],
    ['flaky', { LogFormat: 'Text', LogGroup: '/aws/lambda/flaky' }],
  ] as const)('is part of the configuration of %s', async ([FunctionName, logging]) => {
    const answer = await emulator.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(answer.LoggingConfig).toEqual(logging);
  });
});

test('log events can be read after their delay, those of a stream in order', async () => {
  const emulator = await startEmulator({ logDelaySeconds: [0.3, 0.6] });
  try {
    const { requestId } = await emulator.invoke('plain_python');
    const group = '/aws/lambda/plain_python';
    expect(await emulator.messages(group, `"${requestId}"`)).toEqual([]);
    const lines = await eventually('the last line', async () => {
      const found = await emulator.messages(group, `"${requestId}"`);
      return found.some((line) => line.startsWith('REPORT')) ? found : null;
    });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['START', 'END', 'REPORT']);
    const { events = [] } = await emulator.filter(group);
    const delays = events.map(({ timestamp = 0, ingestionTime = 0 }) => ingestionTime - timestamp);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeGreaterThanOrEqual(300);
    const ingested = events.map(({ ingestionTime = 0 }) => ingestionTime);
    expect(ingested).toEqual(ingested.toSorted((a, b) => a - b));
  } finally {
    await emulator.stop();
  }
});
