import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';

describe('a Node function', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.stop());

  const act = (action: string, more: object = {}) => emulator.invoke('node_actor', { action, ...more });

  test('gets its event and returns it', async () => {
    const { text, functionError } = await emulator.invoke('node_actor', { a: [1, 'ü'] });
    expect(text).toBe('{"a":[1,"ü"]}');
    expect(functionError).toBeUndefined();
  });

  test('that returns nothing has the result null', async () => {
    expect((await act('nothing')).text).toBe('null');
  });

  test('has all its output in the log in order, each console call with time, id and level', async () => {
    const { requestId, tail } = await act('talk');
    const lines = tail.split('\n');
    const stamp = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    expect(lines.slice(lines.indexOf(`START RequestId: ${requestId} Version: $LATEST`) + 1)).toEqual([
      expect.stringMatching(new RegExp(`${stamp}\t${requestId}\tINFO\tlogged with format$`)),
      expect.stringMatching(new RegExp(`${stamp}\t${requestId}\tERROR\ttwo$`)),
      'lines',
      'raw',
      'to standard error',
      'from a child process',
      expect.stringMatching(new RegExp(`${stamp}\t${requestId}\tINFO\tlast, with ümlaut$`)),
      `END RequestId: ${requestId}`,
      expect.stringMatching(/^REPORT RequestId: .*\t$/),
      '',
    ]);
  });

  test('that throws has an Unhandled error with type, message and trace, which is logged', async () => {
    const { requestId, functionError, text, tail } = await act('raise');
    expect(functionError).toBe('Unhandled');
    const { errorType, errorMessage, trace } = JSON.parse(text);
    expect({ errorType, errorMessage }).toEqual({ errorType: 'TypeError', errorMessage: 'asked to fail' });
    expect(trace[0]).toBe('TypeError: asked to fail');
    expect(trace[1]).toContain('index.mjs');
    const logged = tail.split(`\t${requestId}\tERROR\tInvoke Error \t`)[1]?.split('\n')[0] ?? '';
    expect(JSON.parse(logged)).toEqual({ errorType, errorMessage, code: 'E_ASKED', stack: trace });
    expect(tail).not.toContain('Status:');
  });

  test('may throw a value that is not an Error', async () => {
    const { text } = await act('raise_text');
    expect(JSON.parse(text)).toEqual({ errorType: 'string', errorMessage: 'only text', trace: [] });
  });

  test('that returns a value that is not JSON fails', async () => {
    const { functionError, text } = await act('no_json');
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({
      errorType: 'Error',
      errorMessage: 'Unable to stringify response body',
    });
  });

  test('that calls process.exit fails with Runtime.ExitError, and keeps all it logged', async () => {
    const { requestId, text } = await act('flood_and_exit', { lines: 3000 });
    expect(JSON.parse(text).errorMessage).toBe(
      `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
    );
    const events = await emulator.messages('/aws/lambda/node_actor', `"${requestId}"`);
    expect(events.filter((message) => message.includes('\tline ')).length).toBe(3000);
    expect(events.at(-4)).toMatch(/\tline 2999$/);
  });

  test('with an unhandled rejection fails at once', async () => {
    const { functionError, text, tail } = await act('stray_rejection');
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: nobody listens',
    });
    expect(tail).toContain('\tERROR\tUnhandled Promise Rejection \t{');
  });

  test('with an uncaught exception fails at once', async () => {
    const { text, tail } = await act('stray_exception');
    expect(JSON.parse(text)).toMatchObject({ errorType: 'RangeError', errorMessage: 'thrown aside' });
    expect(tail).toContain('\tERROR\tUncaught Exception \t{');
    expect((await emulator.invoke('node_actor', 'next')).text).toBe('"next"');
  });

  test('whose promise can never settle has the result null when the event loop is empty', async () => {
    const { text, functionError } = await act('never');
    expect(text).toBe('null');
    expect(functionError).toBeUndefined();
  });

  test.each(['hang', 'busy'])('that does not end (%s) is killed at its timeout', async (action) => {
    const { requestId, text } = await act(action);
    expect(JSON.parse(text)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 2.00 seconds`,
    });
  });

  test('that needs more memory than it has is killed', async () => {
    const { requestId, text } = await act('leak');
    expect(JSON.parse(text)).toEqual({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
  });

  test('gets request, function and deadline in its context', async () => {
    const { requestId, text } = await emulator.invoke(
      'node_actor',
      { action: 'context' },
      { ClientContext: Buffer.from('{"custom":{"execution":"ä1"}}').toString('base64') },
    );
    expect(JSON.parse(text)).toMatchObject({
      awsRequestId: requestId,
      functionName: 'node_actor',
      functionVersion: '$LATEST',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/node_actor',
      invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:node_actor',
      clientContext: { custom: { execution: 'ä1' } },
    });
    expect(JSON.parse(text).remainingMs).toBeLessThanOrEqual(2000);
  });

  test.for([
    ['node_bad_import', 'Runtime.ImportModuleError', /Cannot find package 'no-such-module'/],
    ['node_no_handler', 'Runtime.HandlerNotFound', /^index\.handler is undefined or not exported$/],
  ] as const)('%s fails with %s', async ([name, errorType, message]) => {
    const { functionError, text, tail } = await emulator.invoke(name);
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({ errorType, errorMessage: expect.stringMatching(message) });
    expect(tail).toContain(`\tundefined\tERROR\tUncaught Exception \t{"errorType":"${errorType}"`);
    expect(tail).toMatch(new RegExp(`\tStatus: error\tError Type: ${errorType}\t\n$`));
  });

  describe('with a callback', () => {
    test('answers when the event loop is empty', async () => {
      const { text, tail } = await emulator.invoke('node_callback');
      expect(text).toBe('"called back"');
      expect(tail).toContain('\tINFO\tafter the callback\n');
    });

    test('answers at once when it does not wait for the event loop', async () => {
      const { text, tail } = await emulator.invoke('node_callback', { at_once: true });
      expect(text).toBe('"called back"');
      expect(tail).not.toContain('after the callback');
    });

    test('fails with the error passed to the callback', async () => {
      const { functionError, text } = await emulator.invoke('node_callback', { fail: true });
      expect(functionError).toBe('Unhandled');
      expect(JSON.parse(text).errorMessage).toBe('asked to fail');
    });
  });
});
