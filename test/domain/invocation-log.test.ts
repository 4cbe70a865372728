import { describe, expect, it } from 'vitest';
import { deliveries } from '../../src/domain/invocation-log.ts';
import type { LogEvent } from '../../src/domain/log-event.ts';

const ID = '3f8b6c1e-52d4-4e0a-9f57-0d1c2b3a4e5f';
const OTHER = '9d2e7a40-1b6c-4c39-8a11-77f0e5d4c3b2';
const TIME = '2026-10-08T09:10:11.123Z';

const start = (id: string) => `START RequestId: ${id} Version: $LATEST\n`;
const end = (id: string) => `END RequestId: ${id}\n`;
const report = (id: string, more = '') =>
  `REPORT RequestId: ${id}\tDuration: 20.00 ms\tBilled Duration: 20 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t${more}\n`;
const platform = (type: string, record: Record<string, unknown>) =>
  `${JSON.stringify({ time: TIME, type: `platform.${type}`, record })}\n`;
const platformReport = (id: string, more: Record<string, unknown>) =>
  platform('report', { requestId: id, metrics: { durationMs: 20, billedDurationMs: 20 }, ...more });

/** One stream, a line every 10 ms. */
function stream(messages: string[], name = 's1', from = 1_000): LogEvent[] {
  return messages.map((message, index) => {
    const timestamp = from + index * 10;
    return { id: `${name}-${timestamp}`, stream: name, timestamp, ingestionTime: timestamp + 500, message };
  });
}

function only(events: LogEvent[]) {
  const found = deliveries(events, ID);
  expect(found).toHaveLength(1);
  return found[0];
}

/** The lines of ours in a run of a text format function. */
function run(...lines: string[]): LogEvent[] {
  return stream([start(ID), ...lines, end(ID), report(ID)]);
}

describe('the lines of an invocation', () => {
  it('are those between START and REPORT, also without a request id', () => {
    const events = stream([
      'INIT_START Runtime Version: python:3.13\n',
      start(ID),
      'printed\n',
      `[INFO]\t${TIME}\t${ID}\tlogged\n`,
      `${TIME}\t${ID}\tINFO\tconsole\n`,
      end(ID),
      report(ID),
      'printed by a thread that goes on\n',
      start(OTHER),
      'not ours\n',
      end(OTHER),
      report(OTHER),
    ]);
    const delivery = only(events);
    expect(delivery?.lines).toEqual(events.slice(1, 7));
    expect(delivery).toMatchObject({ stream: 's1', startedAt: 1_010, report: { requestId: ID } });
    expect(delivery).not.toHaveProperty('error');
  });

  it('are found in any order and when events come twice', () => {
    const events = run('one\n', 'two\n', 'three\n');
    const expected = deliveries(events, ID);
    for (let turn = 1; turn < events.length; turn += 1) {
      const turned = [...events.slice(turn), ...events.slice(0, turn), ...events.slice(0, 2)];
      expect(deliveries(turned, ID)).toEqual(expected);
    }
    expect(deliveries(events.toReversed(), ID)).toEqual(expected);
  });

  it('keep to their invocation where two ran in one environment, one after the other', () => {
    const events = stream([
      start(OTHER),
      'theirs\n',
      report(OTHER),
      start(ID),
      'ours\n',
      report(ID),
      'later\n',
    ]);
    expect(only(events)?.lines).toEqual(events.slice(3, 6));
  });

  it('keep an id of the application, which is no invocation, within the run', () => {
    const line = '{"level":"info","requestId":"from-the-gateway","message":"hello"}\n';
    expect(only(run(line))?.lines.map(({ message }) => message)).toContain(line);
  });

  it('keep apart by id what overlaps, as on managed instances', () => {
    const events = stream([
      start(ID),
      start(OTHER),
      `[INFO]\t${TIME}\t${ID}\tours\n`,
      `[INFO]\t${TIME}\t${OTHER}\ttheirs\n`,
      'whose is this\n',
      report(ID),
      report(OTHER),
    ]);
    expect(only(events)?.lines).toEqual([events[0], events[2], events[5]]);
  });

  it('are in doubt for nobody else: another request id has none', () => {
    expect(deliveries(run('x\n'), OTHER)).toEqual([]);
    expect(deliveries([], ID)).toEqual([]);
  });

  it('are those of JSON format, with what Python prints as plain text', () => {
    const events = stream([
      platform('initStart', { functionName: 'report' }),
      platform('start', { requestId: ID, version: '$LATEST' }),
      'printed\n',
      `{"timestamp":"${TIME}","level":"INFO","requestId":"${ID}","message":"logged"}\n`,
      platformReport(ID, { status: 'success' }),
      platform('start', { requestId: OTHER, version: '$LATEST' }),
    ]);
    const delivery = only(events);
    expect(delivery?.lines).toEqual(events.slice(1, 5));
    expect(delivery).toMatchObject({ report: { status: 'success' } });
  });
});

describe('the deliveries of an event', () => {
  it('are told apart in one stream and over several, oldest first', () => {
    const failed = [
      start(ID),
      `[ERROR] ValueError: no\nTraceback (most recent call last):\n`,
      end(ID),
      report(ID),
    ];
    const events = [
      ...stream([start(ID), 'third\n', report(ID)], 's2', 9_000),
      ...stream([...failed, start(OTHER), report(OTHER), start(ID), 'second\n', report(ID)], 's1', 1_000),
    ];
    const found = deliveries(events, ID);
    expect(found.map((one) => [one.stream, one.startedAt, one.error?.type])).toEqual([
      ['s1', 1_000, 'ValueError'],
      ['s1', 1_060, undefined],
      ['s2', 9_000, undefined],
    ]);
    expect(found.every((one) => one.report)).toBe(true);
  });

  it('run on until their report has come', () => {
    const delivery = only(stream([start(ID), 'busy\n']));
    expect(delivery?.lines).toHaveLength(2);
    expect(delivery).not.toHaveProperty('report');
    expect(delivery).not.toHaveProperty('error');
  });

  it('count when START was not read, by what names the id', () => {
    const events = stream([`${TIME}\t${ID}\tINFO\thello\n`, end(ID), report(ID)]);
    expect(only(events)).toMatchObject({ startedAt: 1_000, report: { requestId: ID } });
    expect(only(events.slice(2))).toMatchObject({ startedAt: 1_000 });
  });
});

describe('the error of a run in text format', () => {
  const frames =
    '\u00a0\u00a0File "/var/task/app.py", line 7, in handler\r\u00a0\u00a0\u00a0\u00a0raise ValueError("no rows")';
  const stack_trace = ['  File "/var/task/app.py", line 7, in handler', '    raise ValueError("no rows")'];

  it.each(['\r', '\n'])('is the traceback that the Python runtime logs, its lines apart by %j', (newline) => {
    const message = `[ERROR] ValueError: no rows\rTraceback (most recent call last):\r${frames}\n`;
    expect(only(run('working\n', message.replaceAll('\r', newline)))?.error).toEqual({
      kind: 'function_error',
      type: 'ValueError',
      message: 'no rows',
      stack_trace,
      retryable: true,
    });
  });

  it('is that traceback with a message of several lines, and with each line as an event', () => {
    const lines = ['[ERROR] ValueError: no rows\n', 'in table x\n', 'Traceback (most recent call last):\n'];
    const split = [...lines, ...frames.split('\r')];
    const expected = { type: 'ValueError', message: 'no rows\nin table x', stack_trace };
    expect(only(run(split.join('')))?.error).toMatchObject({ type: 'ValueError' });
    expect(only(run('working\n', ...split))?.error).toMatchObject(expected);
    expect(only(run('working\n', split.slice(0, 3).concat(frames).join('')))?.error).toMatchObject(expected);
  });

  it('is found though a thread logs after it', () => {
    const message = `[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File "a.py", line 1, in handler\n`;
    expect(only(run(message, 'still here\n'))?.error).toMatchObject({ type: 'KeyError', message: "'x'" });
  });

  it.each([
    [
      'logging.error',
      [`[ERROR]\t${TIME}\t${ID}\tValueError: no rows\nTraceback (most recent call last):\n  File "a.py"\n`],
    ],
    ['a print', ['[ERROR] ValueError: skipped a row\n']],
    [
      'a print and print_exc()',
      [
        '[ERROR] ValueError: x\n',
        'Traceback (most recent call last):\n',
        '  File "a.py", line 1\n',
        'ValueError: x\n',
      ],
    ],
    [
      'console.error',
      [`${TIME}\t${ID}\tERROR\tInvoke Error: none\n`, `${TIME}\t${ID}\tERROR\t{"errorType":"E"}\n`],
    ],
    [
      'a structured logger',
      [`{"level":"ERROR","requestId":"${ID}","errorType":"ValueError","errorMessage":"x"}\n`],
    ],
    ['words about a timeout', ['call to x: Task timed out after 3.00 seconds\n']],
    ['an error of another invocation', [`${TIME} ${OTHER} Task timed out after 3.00 seconds\n`]],
  ])('is not %s of the function itself', (_what, lines) => {
    expect(only(run(...lines))).not.toHaveProperty('error');
  });

  it.each([
    ['Invoke Error', { errorType: 'Error', errorMessage: 'boom', stack: ['Error: boom', '    at handler'] }],
    [
      'Uncaught Exception',
      { errorType: 'Error', errorMessage: 'boom', code: 1, stack: ['Error: boom', '    at handler'] },
    ],
  ])('is what the Node runtime logs as %s', (title, body) => {
    const message = `${TIME}\t${ID}\tERROR\t${title} \t${JSON.stringify(body)}\n`;
    expect(only(run('working\n', message))?.error).toEqual({
      kind: 'function_error',
      type: 'Error',
      message: 'boom',
      stack_trace: ['Error: boom', '    at handler'],
      retryable: true,
    });
  });

  it('is the cause rather than the crash that follows', () => {
    const cause = `${TIME}\t${ID}\tERROR\tUncaught Exception \t{"errorType":"RangeError","errorMessage":"deep"}\n`;
    const events = stream([
      start(ID),
      cause,
      end(ID),
      report(ID, 'Status: error\tError Type: Runtime.ExitError'),
    ]);
    expect(only(events)?.error).toMatchObject({ type: 'RangeError', message: 'deep' });
  });

  it('is the status of the report when nothing was logged', () => {
    const events = stream([start(ID), end(ID), report(ID, 'Status: error\tError Type: Runtime.ExitError')]);
    expect(only(events)?.error).toMatchObject({ kind: 'function_error', type: 'Runtime.ExitError' });
    const timedOut = stream([start(ID), end(ID), report(ID, 'Status: timeout')]);
    expect(only(timedOut)?.error).toMatchObject({ kind: 'timed_out' });
  });

  it('is told by older Lambda in a line of its own, also after REPORT', () => {
    const timedOut = stream([
      start(ID),
      end(ID),
      report(ID),
      `${TIME} ${ID} Task timed out after 3.00 seconds\n\n`,
    ]);
    expect(only(timedOut)?.error).toMatchObject({ kind: 'timed_out' });
    const crashed = `RequestId: ${ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n`;
    expect(only(stream([start(ID), end(ID), report(ID), crashed]))?.error).toMatchObject({
      kind: 'function_error',
      type: 'Runtime.ExitError',
      message: 'Error: Runtime exited with error: exit status 1',
    });
    const killed = `RequestId: ${ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n`;
    expect(only(run(killed))?.error).toMatchObject({ kind: 'out_of_memory' });
  });

  it('is the failed import that was logged before START', () => {
    const events = stream([
      start(OTHER),
      '[ERROR] KeyError: of an earlier run\nTraceback (most recent call last):\n',
      report(OTHER),
      "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'pandas'\nTraceback (most recent call last):\n",
      start(ID),
      end(ID),
      report(ID, 'Status: error\tError Type: Runtime.ImportModuleError'),
    ]);
    expect(only(events)?.error).toMatchObject({
      type: 'Runtime.ImportModuleError',
      message: "Unable to import module 'app': No module named 'pandas'",
    });
  });

  it('is found in a long log without delay', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `[ERROR] x${index}: ${'a '.repeat(50)}\n`);
    const started = performance.now();
    expect(only(run(...lines))).not.toHaveProperty('error');
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('the error of a run in JSON format', () => {
  const begin = platform('start', { requestId: ID });
  const finish = platformReport(ID, { status: 'failure', errorType: 'ValueError' });
  const body = { errorType: 'ValueError', errorMessage: 'no rows', stackTrace: ['frame'] };
  const expected = {
    kind: 'function_error',
    type: 'ValueError',
    message: 'no rows',
    stack_trace: ['frame'],
    retryable: true,
  };

  it.each([
    ['Python', { log_level: 'ERROR', requestId: ID, ...body }],
    ['Node', { level: 'ERROR', requestId: ID, message: body }],
    ['a logger', { level: 'ERROR', requestId: ID, message: 'failed', ...body }],
  ])('comes from the error record of %s', (_who, record) => {
    const other = JSON.stringify({
      level: 'ERROR',
      requestId: ID,
      errorType: 'KeyError',
      errorMessage: 'caught',
    });
    expect(only(stream([begin, JSON.stringify(record), other, finish]))?.error).toEqual(expected);
  });

  it('is the type of the report when there is no record', () => {
    expect(only(stream([begin, finish]))?.error).toMatchObject({ type: 'ValueError' });
  });

  it('is none when the report says success, whatever was logged', () => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, ...body });
    const events = stream([begin, record, platformReport(ID, { status: 'success' })]);
    expect(only(events)).not.toHaveProperty('error');
  });

  it('is a timeout when the report says so, whatever was logged', () => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, ...body });
    const events = stream([begin, record, platformReport(ID, { status: 'timeout' })]);
    expect(only(events)?.error).toMatchObject({ kind: 'timed_out' });
  });
});
