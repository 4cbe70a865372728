import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';

describe('a Python function', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.stop());

  const act = (action: string, more: object = {}) => emulator.invoke('python_actor', { action, ...more });

  test.for([
    ['an object', { a: [1, 'ü', null] }],
    ['a string', 'text'],
    ['null', null],
    ['a list', [1, 2]],
  ] as const)('gets %s as its event and returns it', async ([, payload]) => {
    const { text, functionError, status } = await emulator.invoke('python_actor', payload);
    expect(JSON.parse(text)).toEqual(payload);
    expect(functionError).toBeUndefined();
    expect(status).toBe(200);
  });

  test('gets an empty object if the caller sends no payload', async () => {
    const { text } = await emulator.invoke('python_actor', undefined);
    expect(text).toBe('{}');
  });

  test('has all its output in the log in order, a multi-line log call as one event', async () => {
    const { requestId } = await act('talk');
    const events = await emulator.messages('/aws/lambda/python_actor');
    const [start, ...rest] = events.slice(events.indexOf(`START RequestId: ${requestId} Version: $LATEST`));
    expect(start).toBe(`START RequestId: ${requestId} Version: $LATEST`);
    const stamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    expect(rest).toEqual([
      'printed',
      expect.stringMatching(new RegExp(`^\\[INFO\\]\t${stamp}\t${requestId}\tlogged on\ntwo lines$`)),
      'to standard error',
      'from a child process',
      'first',
      'second',
      expect.stringMatching(new RegExp(`^\\[WARNING\\]\t${stamp}\t${requestId}\tlogged while`)),
      '\x1eno record',
      'last, with ümlaut',
      `END RequestId: ${requestId}`,
      expect.stringMatching(new RegExp(`^REPORT RequestId: ${requestId}\t`)),
    ]);
  });

  test('that raises has an Unhandled error with type, message and stack, which is logged as one event', async () => {
    const { requestId, functionError, text, tail } = await act('raise');
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toEqual({
      errorMessage: 'asked to fail',
      errorType: 'ValueError',
      requestId,
      stackTrace: [
        expect.stringMatching(/^ {2}File ".*app\.py", line \d+, in handler\n {4}return/),
        expect.stringMatching(/in raise_error\n {4}raise ValueError\("asked to fail"\)\n$/),
      ],
    });
    expect(tail).toContain(
      '[ERROR] ValueError: asked to fail\nTraceback (most recent call last):\n\u00a0\u00a0File "',
    );
    expect(tail).not.toContain('Status:');
    const events = await emulator.messages('/aws/lambda/python_actor', '"[ERROR] ValueError"');
    expect(events.at(-1)).toContain('in raise_error\n');
  });

  test('may raise an error whose name is not ASCII', async () => {
    const { text } = await act('raise_named', { name: '错误' });
    expect(JSON.parse(text)).toMatchObject({ errorType: '错误', errorMessage: 'asked to fail' });
  });

  test('that returns an object shaped like an error succeeds', async () => {
    const { functionError, text } = await act('error_shaped');
    expect(functionError).toBeUndefined();
    expect(JSON.parse(text)).toEqual({ errorType: 'ValueError', errorMessage: 'only a value' });
  });

  test('that returns a value that is not JSON fails with Runtime.MarshalError', async () => {
    const { functionError, text } = await act('no_json');
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({
      errorType: 'Runtime.MarshalError',
      errorMessage: 'Unable to marshal response: Object of type object is not JSON serializable',
    });
  });

  test('may return Decimals, as DynamoDB returns them', async () => {
    expect((await act('decimal')).text).toBe('[1, 1.5]');
  });

  test('that calls os._exit fails with Runtime.ExitError and its status', async () => {
    const { requestId, functionError, text, tail } = await act('exit', { status: 7 });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 7`,
    });
    expect(tail).toMatch(/\tStatus: error\tError Type: Runtime\.ExitError\t\n$/);
  });

  test.for([
    ['sys_exit', { status: 3 }, 'Runtime exited with error: exit status 3'],
    ['exit', { status: 0 }, 'Runtime exited without providing a reason'],
    ['abort', {}, 'Runtime exited with error: signal: aborted'],
  ] as const)('that exits by %s %j has its own error message', async ([action, more, reason]) => {
    const { requestId, text } = await act(action, more);
    expect(JSON.parse(text).errorMessage).toBe(`RequestId: ${requestId} Error: ${reason}`);
  });

  test('gets request, function and deadline in its context', async () => {
    const context = { custom: { execution: 'ä1' }, env: { locale: 'de' } };
    const { requestId, text } = await emulator.invoke(
      'python_actor',
      { action: 'context' },
      { ClientContext: Buffer.from(JSON.stringify(context, null, 2)).toString('base64') },
    );
    const output = JSON.parse(text);
    expect(output).toEqual({
      request_id: requestId,
      arn: 'arn:aws:lambda:eu-central-1:123456789012:function:python_actor',
      name: 'python_actor',
      version: '$LATEST',
      memory: '128',
      log_group: '/aws/lambda/python_actor',
      log_stream: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      remaining_ms: expect.any(Number),
      client_context: context,
      trace: null,
    });
    expect(output.remaining_ms).toBeGreaterThan(1000);
    expect(output.remaining_ms).toBeLessThanOrEqual(2000);
  });

  test.for([
    [
      'python_bad_import',
      'Runtime.ImportModuleError',
      "Unable to import module 'app': No module named 'no_such_module'",
    ],
    ['python_no_handler', 'Runtime.HandlerNotFound', "Handler 'handler' missing on module 'app'"],
    ['python_raises_on_import', 'KeyError', "'SETTING'"],
  ] as const)('%s fails on every invocation with %s', async ([name, errorType, errorMessage]) => {
    const reportedType = errorType.startsWith('Runtime.') ? errorType : 'Runtime.Unknown';
    for (let attempt = 0; attempt < 2; attempt++) {
      const { requestId, functionError, text, tail } = await emulator.invoke(name);
      expect(functionError).toBe('Unhandled');
      expect(JSON.parse(text)).toMatchObject({ errorType, errorMessage });
      expect(tail).toContain(`[ERROR] ${errorType}: ${errorMessage}\nTraceback`);
      expect(tail).toMatch(
        new RegExp(
          `INIT_REPORT Init Duration: [\\d.]+ ms\tPhase: init\tStatus: error\tError Type: ${reportedType}\t\n`,
        ),
      );
      expect(tail).toMatch(
        new RegExp(`REPORT RequestId: ${requestId}\t.*\tStatus: error\tError Type: ${reportedType}\t\n$`),
      );
    }
  });

  test('that exits while it is imported fails with Runtime.ExitError', async () => {
    const { requestId, text, tail } = await emulator.invoke('python_exits_on_import');
    expect(JSON.parse(text)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 4`,
    });
    expect(tail).toContain('leaving\nINIT_REPORT');
  });
});
