import { type CloudWatchLogsClient, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadFunctions } from '../src/functions/function-folder.ts';
import type { FunctionSettings } from '../src/functions/function-settings.ts';
import { LogStore } from '../src/logs/log-store.ts';
import { Environment } from '../src/runtime/environment.ts';
import { type Emulator, eventually, FUNCTIONS, isAlive, startEmulator } from './emulator.ts';

describe('an execution environment', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ environment: { STAGE: 'test', GREETING: 'overruled' } });
  });
  afterAll(() => emulator.stop());

  const streamsOf = async (logs: CloudWatchLogsClient, name: string) => {
    const answer = await logs.send(new DescribeLogStreamsCommand({ logGroupName: `/aws/lambda/${name}` }));
    return answer.logStreams ?? [];
  };

  test.each(['python_actor', 'node_actor'])(
    'of %s is reused, and only its first REPORT has an Init Duration',
    async (name) => {
      const fresh = await startEmulator();
      try {
        const first = await fresh.invoke(name, { action: 'calls' });
        const second = await fresh.invoke(name, { action: 'calls' });
        const { process } = JSON.parse(first.text);
        expect([first.text, second.text].map((text) => JSON.parse(text))).toEqual([
          { calls: 1, process },
          { calls: 2, process },
        ]);
        const figures = String.raw`Duration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t`;
        expect(first.tail).toMatch(/^INIT_START Runtime Version: (python|nodejs)/);
        expect(first.tail).toMatch(
          new RegExp(`\nREPORT RequestId: ${first.requestId}\t${figures}Init Duration: [\\d.]+ ms\t\n$`),
        );
        expect(second.tail).toMatch(new RegExp(`\nREPORT RequestId: ${second.requestId}\t${figures}\n$`));
        expect(await streamsOf(fresh.logs, name)).toHaveLength(1);
      } finally {
        await fresh.stop();
      }
    },
  );

  test('runs one invocation at a time, so two concurrent ones need two environments', async () => {
    await Promise.all([
      emulator.invoke('aliased', {}, { Qualifier: 'live' }),
      emulator.invoke('python_actor', { action: 'sleep', seconds: 0.3 }),
      emulator.invoke('python_actor', { action: 'sleep', seconds: 0.3 }),
    ]);
    expect(await streamsOf(emulator.logs, 'python_actor')).toHaveLength(2);
  });

  test('is killed at the timeout with all processes of the function, and replaced by a new one', async () => {
    const { requestId, status, functionError, text, tail } = await emulator.invoke('python_actor', {
      action: 'hang',
    });
    expect(status).toBe(200);
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 2.00 seconds`,
    });
    expect(tail).toMatch(
      /\nunfinished\nEND RequestId: .*\nREPORT .*\tDuration: 2000\.00 ms\tBilled Duration: \d+ ms\t.*\tStatus: timeout\t\n$/,
    );
    const child = Number(/child (\d+)/.exec(tail)?.[1]);
    await eventually('the end of the child process', () => !isAlive(child));
    expect((await emulator.invoke('python_actor', 'next')).text).toBe('"next"');
  });

  test('kills the child processes that the function leaves behind', async () => {
    const { text, tail } = await emulator.invoke('python_actor', { action: 'leave_child' });
    expect(JSON.parse(text).errorType).toBe('Runtime.ExitError');
    const child = Number(/child (\d+)/.exec(tail)?.[1]);
    await eventually('the end of the child process', () => !isAlive(child));
  });

  test.for([
    ['leaks', { action: 'leak' }],
    ['allocates too much at once and frees it', { action: 'allocate', megabytes: 300 }],
  ] as const)('that %s is killed as out of memory', async ([, payload]) => {
    const { requestId, functionError, text, tail } = await emulator.invoke('python_actor', payload);
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toEqual({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
    expect(tail).toMatch(/\tMax Memory Used: 128 MB\t.*Status: error\tError Type: Runtime\.OutOfMemory\t\n$/);
  });

  test('that stays within its memory is not killed', async () => {
    const { functionError } = await emulator.invoke('python_actor', { action: 'allocate', megabytes: 50 });
    expect(functionError).toBeUndefined();
  });

  test('accepts a response of 6 MB and fails a larger one with Function.ResponseSizeTooLarge', async () => {
    for (const name of ['python_actor', 'node_actor']) {
      const largest = await emulator.invoke(name, { action: 'big', bytes: 6_291_554 });
      expect(largest.functionError).toBeUndefined();
      expect(largest.text).toHaveLength(6_291_556);
      const { functionError, text, tail } = await emulator.invoke(name, { action: 'big', bytes: 6_291_555 });
      expect(functionError).toBe('Unhandled');
      expect(JSON.parse(text)).toEqual({
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      });
      expect(tail).toMatch(/REPORT (?!.*Status:).*\t\n$/);
    }
  });

  test('returns the last 4096 bytes of the log to the caller, and keeps all of it in the log', async () => {
    const { requestId, tail } = await emulator.invoke('python_actor', { action: 'flood', lines: 20_000 });
    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(4098);
    expect(tail).toMatch(
      new RegExp(`line 019999 with ümlaut\nEND RequestId: ${requestId}\nREPORT [^\n]*\t\n$`),
    );
    const lines = await emulator.messages('/aws/lambda/python_actor', '"with ümlaut"');
    expect(lines.at(-1)).toBe('line 019999 with ümlaut');
  });

  test("has Lambda's variables, the function's own and the host's AWS variables, but no others of the host", async () => {
    process.env['AWS_ENDPOINT_URL_S3'] = 'http://127.0.0.1:1';
    process.env['SECRET_OF_THE_HOST'] = 'secret';
    try {
      const fresh = await startEmulator({ environment: { STAGE: 'test', GREETING: 'overruled' } });
      const answer = await fresh.invoke('python_actor', { action: 'environment' });
      await fresh.stop();
      const variables = JSON.parse(answer.text);
      expect(variables).toMatchObject({
        GREETING: 'hello',
        STAGE: 'test',
        AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
        AWS_REGION: 'eu-central-1',
        AWS_LAMBDA_FUNCTION_NAME: 'python_actor',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/python_actor',
        AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining('[$LATEST]'),
        AWS_LAMBDA_LOG_FORMAT: 'Text',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_EXECUTION_ENV: 'AWS_Lambda_python3.13',
        LAMBDA_TASK_ROOT: expect.stringMatching(/python_actor$/),
        LAMBDA_RUNTIME_DIR: expect.any(String),
        _HANDLER: 'app.handler',
        TZ: ':UTC',
      });
      expect(variables).not.toHaveProperty('SECRET_OF_THE_HOST');
    } finally {
      delete process.env['AWS_ENDPOINT_URL_S3'];
      delete process.env['SECRET_OF_THE_HOST'];
    }
  });

  test('that loads slowly is started again within the function timeout', async () => {
    const hasty = await startEmulator({ initTimeoutSeconds: 1.4 });
    const { text, tail } = await hasty.invoke('slow_import');
    await hasty.stop();
    expect(text).toBe('"loaded"');
    expect(tail).toMatch(
      /^INIT_START .*\nloading slowly\nINIT_REPORT Init Duration: 1400\.00 ms\tPhase: init\tStatus: timeout\t\nSTART .*\nINIT_START .*\nloading slowly\nEND .*\nREPORT .*\tDuration: [\d.]{6,} ms\t/,
    );
    expect(tail).not.toContain('\tInit Duration');
  });

  test('that is idle is closed', async () => {
    const impatient = await startEmulator({ idleSeconds: 0.1 });
    try {
      const { text } = await impatient.invoke('python_actor', { action: 'calls' });
      const { process } = JSON.parse(text);
      await eventually('the end of the idle process', () => !isAlive(process));
      const next = await impatient.invoke('python_actor', { action: 'calls' });
      expect(JSON.parse(next.text).calls).toBe(1);
    } finally {
      await impatient.stop();
    }
  });

  test('ends with the emulator, even during an invocation', async () => {
    const short = await startEmulator();
    const { text } = await short.invoke('python_actor', { action: 'calls' });
    const running = short.invoke('python_actor', { action: 'sleep', seconds: 60 });
    const rejected = expect(running).rejects.toThrow();
    await eventually('the START of the second invocation', async () => {
      return (await short.messages('/aws/lambda/python_actor', 'START -INIT_START')).length === 2;
    });
    await short.stop();
    await rejected;
    expect(isAlive(JSON.parse(text).process)).toBe(false);
  });

  test('that is closed while it starts creates no process', async () => {
    const settings = (await loadFunctions(FUNCTIONS)).get('python_actor') as FunctionSettings;
    const setup = { region: 'eu-central-1', python: '/no/such/python', environment: {} };
    const environment = new Environment(settings, '$LATEST', new LogStore(), setup);
    const ended = environment.start(10_000);
    await environment.close();
    expect(await ended).toEqual({ kind: 'exited', how: 'signal: killed' });
  });

  test('whose interpreter is missing logs that', async () => {
    const lost = await startEmulator({ python: '/no/such/python' });
    const { functionError, tail } = await lost.invoke('python_actor');
    await lost.stop();
    expect(functionError).toBe('Unhandled');
    expect(tail).toMatch(/\/no\/such\/python: (not found|.*No such file)/);
  });
});
