import { describe, expect, it } from 'vitest';
import { errorFromReport, functionError } from '../../src/domain/function-error.ts';

const ID = '3f8b6c1e-52d4-4e0a-9f57-0d1c2b3a4e5f';

describe('the error of a function', () => {
  it.each([
    [
      'a Node throw',
      {
        errorType: 'TypeError',
        errorMessage: 'x is not a function',
        trace: ['TypeError: x', '    at handler (/var/task/a.js:3:1)'],
      },
      {
        kind: 'function_error',
        type: 'TypeError',
        message: 'x is not a function',
        stack_trace: ['TypeError: x', '    at handler (/var/task/a.js:3:1)'],
      },
    ],
    [
      'a Python raise',
      {
        errorMessage: 'no rows',
        errorType: 'ValueError',
        requestId: ID,
        stackTrace: ['  File "/var/task/a.py", line 3, in handler\n'],
      },
      {
        kind: 'function_error',
        type: 'ValueError',
        message: 'no rows',
        stack_trace: ['  File "/var/task/a.py", line 3, in handler\n'],
      },
    ],
    [
      'an exception without a message',
      { errorMessage: '', errorType: 'KeyError', stackTrace: [] },
      {
        kind: 'function_error',
        type: 'KeyError',
        message: 'The function failed with KeyError and gave no message.',
      },
    ],
    [
      'an object for a message, of a custom runtime',
      { errorType: 'HandledError', errorMessage: { code: 42, detail: 'quota' } },
      { kind: 'function_error', type: 'HandledError', message: '{"code":42,"detail":"quota"}' },
    ],
    [
      'a number for a message, without a type',
      { errorMessage: 17 },
      { kind: 'function_error', message: '17' },
    ],
    [
      'no message',
      { errorType: 'Error', errorMessage: null },
      {
        kind: 'function_error',
        type: 'Error',
        message: 'The function failed with Error and gave no message.',
      },
    ],
    [
      'a Java exception with causes',
      {
        errorMessage: 'An error occurred during JSON parsing',
        errorType: 'java.lang.RuntimeException',
        stackTrace: [],
        cause: {
          errorMessage: 'JsonMappingException: no single-String constructor',
          errorType: 'java.io.UncheckedIOException',
          stackTrace: ['com.example.Handler.read(Handler.java:12)'],
          cause: { errorType: 'java.io.IOException', stackTrace: [] },
        },
      },
      {
        kind: 'function_error',
        type: 'java.lang.RuntimeException',
        message: 'An error occurred during JSON parsing',
        stack_trace: [
          'Caused by: java.io.UncheckedIOException: JsonMappingException: no single-String constructor',
          'com.example.Handler.read(Handler.java:12)',
          'Caused by: java.io.IOException',
        ],
      },
    ],
    [
      'a timeout',
      {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${ID} Error: Task timed out after 2.00 seconds`,
      },
      {
        kind: 'timed_out',
        type: 'Sandbox.Timedout',
        message: `RequestId: ${ID} Error: Task timed out after 2.00 seconds`,
      },
    ],
    [
      'a timeout in older words',
      { errorMessage: `2026-10-08T09:10:11.123Z ${ID} Task timed out after 3.00 seconds` },
      { kind: 'timed_out', message: `2026-10-08T09:10:11.123Z ${ID} Task timed out after 3.00 seconds` },
    ],
    [
      'an exception of the user that speaks of a timeout',
      { errorType: 'TimeoutError', errorMessage: 'Task timed out after 5 seconds' },
      { kind: 'function_error', type: 'TimeoutError', message: 'Task timed out after 5 seconds' },
    ],
    [
      'a process exit',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${ID} Error: Runtime exited with error: exit status 7`,
      },
      {
        kind: 'function_error',
        type: 'Runtime.ExitError',
        message: `RequestId: ${ID} Error: Runtime exited with error: exit status 7`,
      },
    ],
    [
      'a process that was killed for its memory',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${ID} Error: Runtime exited with error: signal: killed`,
      },
      {
        kind: 'out_of_memory',
        type: 'Runtime.ExitError',
        message: `RequestId: ${ID} Error: Runtime exited with error: signal: killed`,
      },
    ],
    [
      'a lack of memory by name',
      { errorType: 'Runtime.OutOfMemory', errorMessage: `RequestId: ${ID} Error: Runtime exited` },
      {
        kind: 'out_of_memory',
        type: 'Runtime.OutOfMemory',
        message: `RequestId: ${ID} Error: Runtime exited`,
      },
    ],
    [
      'a MemoryError of Python',
      { errorType: 'MemoryError', errorMessage: '' },
      {
        kind: 'out_of_memory',
        type: 'MemoryError',
        message: 'The function failed with MemoryError and gave no message.',
      },
    ],
    [
      'a response over 6 MB',
      {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
      {
        kind: 'function_error',
        type: 'Function.ResponseSizeTooLarge',
        message: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
    ],
  ])('is read from %s', (_what, payload, expected) => {
    expect(functionError(JSON.stringify(payload))).toEqual({ ...expected, retryable: true });
  });

  it.each([
    [
      'bare text of a timeout',
      'Task timed out after 3.00 seconds',
      'timed_out',
      'Task timed out after 3.00 seconds',
    ],
    ['text', 'segfault', 'function_error', 'segfault'],
    ['an object of another shape', '{"ok":false}', 'function_error', '{"ok":false}'],
    ['an array', '[1]', 'function_error', '[1]'],
    ['null', 'null', 'function_error', 'null'],
    ['nothing', '', 'function_error', 'The function failed and gave no message.'],
  ])('is made of %s', (_what, payload, kind, message) => {
    expect(functionError(payload)).toEqual({ kind, message, retryable: true });
  });

  it('keeps an excerpt of a long answer that is no error object', () => {
    expect(functionError('x'.repeat(10_000)).message.length).toBeLessThan(600);
  });

  it('takes odd members for what they are', () => {
    expect(functionError('{"errorType":5,"errorMessage":"m","trace":[{"at":1},7,"frame"]}')).toEqual({
      kind: 'function_error',
      message: 'm',
      stack_trace: ['{"at":1}', '7', 'frame'],
      retryable: true,
    });
  });
});

describe('a report alone', () => {
  const report = { requestId: ID, billing: { duration_ms: 3000, memory_mb: 128, max_memory_mb: 60 } };

  it('speaks of no error without a status, or with success', () => {
    expect(errorFromReport(report)).toBeUndefined();
    expect(errorFromReport({ ...report, status: 'success' })).toBeUndefined();
  });

  it('tells a timeout', () => {
    expect(errorFromReport({ ...report, status: 'timeout' })).toMatchObject({
      kind: 'timed_out',
      message: 'Task timed out after 3.00 seconds',
    });
  });

  it('tells a crash and a handled exception by type', () => {
    expect(errorFromReport({ ...report, status: 'error', errorType: 'Runtime.ExitError' })).toMatchObject({
      kind: 'function_error',
      type: 'Runtime.ExitError',
    });
    expect(errorFromReport({ ...report, status: 'failure', errorType: 'ValueError' })).toMatchObject({
      kind: 'function_error',
      type: 'ValueError',
    });
  });

  it('tells a lack of memory by type, or by an exit with all memory used', () => {
    expect(errorFromReport({ ...report, status: 'error', errorType: 'Runtime.OutOfMemory' })?.kind).toBe(
      'out_of_memory',
    );
    const full = { ...report, billing: { memory_mb: 128, max_memory_mb: 128 } };
    expect(errorFromReport({ ...full, status: 'error', errorType: 'Runtime.ExitError' })?.kind).toBe(
      'out_of_memory',
    );
  });
});

it('the causes of an error are bounded in number and length', () => {
  let cause: object = { errorType: 'Deepest' };
  for (let depth = 0; depth < 50; depth += 1)
    cause = { errorType: `E${depth}`, errorMessage: 'x'.repeat(5_000), cause };
  const { stack_trace = [] } = functionError(JSON.stringify({ errorType: 'Top', errorMessage: 'm', cause }));
  expect(stack_trace).toHaveLength(10);
  expect(stack_trace[0]).toMatch(/^Caused by: E49: x+…$/);
  expect(Math.max(...stack_trace.map((line) => line.length))).toBeLessThan(2_100);
});

it.each([['text'], [17], [[1]], [null]])('a cause %j that is no error object is left out', (cause) => {
  const error = functionError(JSON.stringify({ errorType: 'E', errorMessage: 'm', cause }));
  expect(error).not.toHaveProperty('stack_trace');
});
