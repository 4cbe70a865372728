import { describe, expect, it } from 'vitest';
import {
  end,
  errorOf,
  ID,
  judged,
  NODE,
  OTHER,
  PYTHON,
  platform,
  platformReport,
  report,
  run,
  start,
  stream,
  TIME,
} from './log-lines.ts';

const IMAGE = { packageType: 'Image' };

describe('the error of a run in text format', () => {
  const frames =
    '\u00a0\u00a0File "/var/task/app.py", line 7, in handler\r\u00a0\u00a0\u00a0\u00a0raise ValueError("no rows")';
  const stack_trace = ['  File "/var/task/app.py", line 7, in handler', '    raise ValueError("no rows")'];

  it.each(['\r', '\n'])('is the traceback that the Python runtime logs, its lines apart by %j', (newline) => {
    const message = `[ERROR] ValueError: no rows\rTraceback (most recent call last):\r${frames}\n`;
    expect(errorOf(run('working\n', message.replaceAll('\r', newline)))).toEqual({
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
    expect(errorOf(run(split.join('')))).toMatchObject({ type: 'ValueError' });
    expect(errorOf(run('working\n', ...split), IMAGE)).toMatchObject(expected);
    expect(errorOf(run('working\n', split.slice(0, 3).concat(frames).join('')))).toMatchObject(expected);
  });

  it('is found though a thread logs after it', () => {
    const message = `[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File "a.py", line 1, in handler\n`;
    expect(errorOf(run(message, 'still here\n'))).toMatchObject({ type: 'KeyError', message: "'x'" });
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
    expect(errorOf(run(...lines))).toBeUndefined();
  });

  it.each([
    ['Invoke Error', { errorType: 'Error', errorMessage: 'boom', stack: ['Error: boom', '    at handler'] }],
    [
      'Uncaught Exception',
      { errorType: 'Error', errorMessage: 'boom', code: 1, stack: ['Error: boom', '    at handler'] },
    ],
  ])('is what the Node runtime logs as %s', (title, body) => {
    const message = `${TIME}\t${ID}\tERROR\t${title} \t${JSON.stringify(body)}\n`;
    expect(errorOf(run('working\n', message), NODE)).toEqual({
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
    expect(errorOf(events, NODE)).toMatchObject({ type: 'RangeError', message: 'deep' });
  });

  it('is the status of the report when nothing was logged', () => {
    const events = stream([start(ID), end(ID), report(ID, 'Status: error\tError Type: Runtime.ExitError')]);
    expect(errorOf(events)).toMatchObject({ kind: 'function_error', type: 'Runtime.ExitError' });
    const timedOut = stream([start(ID), end(ID), report(ID, 'Status: timeout')]);
    expect(errorOf(timedOut)).toMatchObject({ kind: 'timed_out' });
  });

  it('is told by older Lambda in a line of its own, also after REPORT', () => {
    const timedOut = stream([
      start(ID),
      end(ID),
      report(ID),
      `${TIME} ${ID} Task timed out after 3.00 seconds\n\n`,
    ]);
    expect(errorOf(timedOut)).toMatchObject({ kind: 'timed_out' });
    const crashed = `RequestId: ${ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n`;
    expect(errorOf(stream([start(ID), end(ID), report(ID), crashed]))).toMatchObject({
      kind: 'function_error',
      type: 'Runtime.ExitError',
      message: 'Error: Runtime exited with error: exit status 1',
    });
    const killed = `RequestId: ${ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n`;
    expect(errorOf(run(killed))).toMatchObject({ kind: 'out_of_memory' });
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
    expect(errorOf(events)).toMatchObject({
      type: 'Runtime.ImportModuleError',
      message: "Unable to import module 'app': No module named 'pandas'",
    });
  });

  it('is found in a long log without delay', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `[ERROR] x${index}: ${'a '.repeat(50)}\n`);
    const started = performance.now();
    expect(errorOf(run(...lines))).toBeUndefined();
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
    expect(errorOf(stream([begin, JSON.stringify(record), other, finish]))).toEqual(expected);
  });

  it('is the type of the report when there is no record', () => {
    expect(errorOf(stream([begin, finish]))).toMatchObject({ type: 'ValueError' });
  });

  const succeeded = platformReport(ID, { status: 'success' });

  it('is the record of the Python client although Lambda reports success', () => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, ...body });
    const verdict = judged(stream([begin, record, succeeded]));
    expect(verdict).toEqual({ type: 'failed', proof: 'runtime_record', error: expected });
  });

  it.each(['last', 'before another line'])('is only suspected where Node logs it alone, %s', (place) => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, message: body });
    const later = JSON.stringify({ level: 'INFO', requestId: ID, message: 'and more' });
    const lines = place === 'last' ? [record] : [record, later];
    const verdict = judged(stream([begin, ...lines, succeeded]), NODE);
    expect(verdict).toEqual({ type: 'unproven', because: 'suspected', suspected: expected });
  });

  it.each([
    [
      'a type of the client',
      { ...body, errorType: 'ImportModuleError', stackTrace: ['Runtime.ImportModuleError: x'] },
    ],
    [
      'a frame of the client',
      { ...body, stackTrace: ['Error: x', '    at Object.intoError (index.mjs:27:16)'] },
    ],
  ])('is proven where Node logs it with %s', (_what, message) => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, message });
    expect(judged(stream([begin, record, succeeded]), NODE)).toMatchObject({
      type: 'failed',
      proof: 'runtime_record',
    });
  });

  it.each([
    ['Python logged', PYTHON, { level: 'ERROR', requestId: ID, message: 'x', logger: 'root', ...body }],
    ['Node logged with words', NODE, { level: 'ERROR', requestId: ID, message: 'caught', ...body }],
  ])('is none that a user of %s', (_who, facts, record) => {
    const events = stream([begin, JSON.stringify(record), platformReport(ID, { status: 'success' })]);
    expect(judged(events, facts)).toEqual({ type: 'succeeded', proof: 'silence' });
  });

  it('cannot be excluded where the level FATAL leaves the record out', () => {
    const events = stream([begin, platformReport(ID, { status: 'success' })]);
    expect(judged(events, { ...PYTHON, applicationLogLevel: 'FATAL' })).toEqual({
      type: 'unproven',
      because: 'runtime',
    });
  });

  it('is a timeout when the report says so, whatever was logged', () => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, ...body });
    const events = stream([begin, record, platformReport(ID, { status: 'timeout' })]);
    expect(errorOf(events)).toMatchObject({ kind: 'timed_out' });
  });
});

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

describe('an error that is not written in the form of the client is suspected', () => {
  const JAVA = { runtime: 'java21', packageType: 'Zip' };
  const refused =
    '[ERROR] [1600000000000] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.\n';

  it.each([
    [
      'by a layer that patches the console of Node',
      NODE,
      [
        `${TIME}\t${ID}\tERROR\t[dd.trace_id=1 dd.span_id=2] Invoke Error \t{"errorType":"E","errorMessage":"boom","stack":[]}\n`,
      ],
    ],
    ['by Node with an error that has odd JSON', NODE, [`${TIME}\t${ID}\tERROR\tInvoke Error \t{"code":5}\n`]],
    ['by Java with a toString() of its own', JAVA, ['boom: x.C\nC: boom\n\tat a.B.c(D.java:1)\n']],
    ['before the line of an extension', NODE, [refused, '[my-extension] flushed\n']],
    [
      'by Python with a class name that no class statement allows',
      PYTHON,
      [
        '[ERROR] My error [1]: boom\nTraceback (most recent call last):\n\u00a0\u00a0File "/var/task/app.py"\n',
      ],
    ],
    [
      'by Java line by line, before the line of an extension',
      JAVA,
      ['boom: a.B\n', 'a.B: boom\n', '\tat a.B.c(D.java:1)\n', '[my-extension] flushed\n'],
    ],
    [
      'by Java without frames, with other words in the second line',
      JAVA,
      [
        'Job was cancelled: a.JobCancellationException\na.JobCancellationException: Job was cancelled; job=Job@5e\n',
      ],
    ],
    [
      'by Java of a class without a package',
      JAVA,
      ['boom: MyException\nMyException[code=3]\n\tat Handler.handleRequest(Handler.java:9)\n'],
    ],
    [
      'by Java as a sentence that a function may print',
      JAVA,
      ['Class a.B has no public zero-argument constructor\n'],
    ],
    [
      'by the platform as INIT_REPORT, before a line of the function',
      PYTHON,
      [
        'INIT_REPORT Init Duration: 9.10 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.X\n',
        'printed\n',
      ],
    ],
  ])('%s', (_who, facts, lines) => {
    expect(judged(run(...lines), facts)).toMatchObject({ type: 'unproven', because: 'suspected' });
  });

  it.each([
    ['a failed initialization', 'INIT_REPORT'],
    ['dropped lines', 'logsDropped'],
  ])('but not by a record of %s in a log of the other format', (_what, kind) => {
    const record =
      kind === 'INIT_REPORT'
        ? platform('initReport', { phase: 'invoke', status: 'error', errorType: 'Runtime.X' })
        : platform('logsDropped', { droppedRecords: 1 });
    expect(judged(run(record))).toEqual({ type: 'succeeded', proof: 'silence' });
  });
});

it('an error of the millisecond of START or REPORT, outside of them, is suspected', () => {
  const error = '[ERROR] KeyError: x\nTraceback (most recent call last):\n';
  for (const messages of [
    [error, start(ID), end(ID), report(ID)],
    [start(ID), end(ID), report(ID), error],
  ]) {
    const events = stream(messages).map((event) => ({ ...event, timestamp: 1_000 }));
    expect(judged(events)).toMatchObject({ because: 'suspected', suspected: { type: 'KeyError' } });
    expect(judged(stream(messages))).toEqual({ type: 'succeeded', proof: 'silence' });
  }
});

it('a record in JSON with members that the Python client does not write is suspected', () => {
  const record = { level: 'ERROR', errorType: 'E', errorMessage: 'x', requestId: ID, stackTrace: [] };
  const of = (body: object) =>
    stream([
      platform('start', { requestId: ID }),
      `${JSON.stringify(body)}\n`,
      platformReport(ID, { status: 'success' }),
    ]);
  expect(judged(of(record))).toMatchObject({ type: 'failed', proof: 'runtime_record' });
  expect(judged(of({ ...record, service: 'billing' }))).toMatchObject({ because: 'suspected' });
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
