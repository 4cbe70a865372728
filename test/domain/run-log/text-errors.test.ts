/** The errors of runs in text format. */
import { describe, expect, it } from 'vitest';
import { end, errorOf, ID, NODE, OTHER, report, run, start, stream, TIME } from './log-lines.ts';

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
