import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';

describe('a function with an executable bootstrap', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.stop());

  test('has the runtime provided.al2023', async () => {
    const input = { FunctionName: 'custom_runtime' };
    const { Runtime, Handler } = await emulator.lambda.send(new GetFunctionConfigurationCommand(input));
    expect({ Runtime, Handler }).toEqual({ Runtime: 'provided.al2023', Handler: 'bootstrap' });
  });

  test('answers through the Runtime API, and has each line of its output as a log event', async () => {
    for (const n of [1, 2]) {
      const { requestId, text, tail } = await emulator.invoke('custom_runtime', { n });
      expect(JSON.parse(text)).toEqual({ n });
      const lines = tail.split('\n');
      expect(lines.slice(lines.indexOf(`START RequestId: ${requestId} Version: $LATEST`) + 1)).toEqual([
        'to standard output',
        'to standard error',
        `END RequestId: ${requestId}`,
        expect.stringMatching(/^REPORT /),
        '',
      ]);
    }
  });

  test('fails with the error that it posts, of which its log says nothing', async () => {
    const { functionError, text, tail } = await emulator.invoke('custom_runtime', { fail: true });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toEqual({ errorType: 'ShellError', errorMessage: 'asked to fail' });
    expect(tail).not.toContain('asked to fail');
    expect(tail).not.toContain('Status:');
  });

  test('that exits fails with Runtime.ExitError', async () => {
    const { requestId, text, tail } = await emulator.invoke('custom_runtime', { exit: true });
    expect(JSON.parse(text)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
    });
    expect(tail).toContain(
      `\nRequestId: ${requestId} Error: Runtime exited with error: exit status 3\nRuntime.ExitError\nEND `,
    );
    expect(tail).toMatch(/\tStatus: error\tError Type: Runtime\.ExitError\t\n$/);
  });
});

describe('a bootstrap that exits after it posted an error', () => {
  test('fails with that error, and its log names the exit', async () => {
    const emulator = await startEmulator();
    const { requestId, text, tail } = await emulator.invoke('custom_runtime', { fail: true, leave: true });
    await emulator.stop();
    expect(JSON.parse(text)).toEqual({ errorType: 'ShellError', errorMessage: 'asked to fail' });
    expect(tail).toContain(`RequestId: ${requestId} Error: Runtime exited without providing a reason\n`);
    expect(tail).toMatch(/\tStatus: error\tError Type: Runtime\.ExitError\t\n$/);
  });
});

describe('a bootstrap with a managed runtime in its function.json', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.stop());

  test('has that runtime', async () => {
    const input = { FunctionName: 'managed_client' };
    const { Runtime, Handler } = await emulator.lambda.send(new GetFunctionConfigurationCommand(input));
    expect({ Runtime, Handler }).toEqual({ Runtime: 'java21', Handler: 'example.Handler::handleRequest' });
  });

  test('gets the telemetry pipe, of which each frame is one event', async () => {
    for (const n of [1, 2]) {
      const { requestId, text } = await emulator.invoke('managed_client', { n });
      expect(text).toBe('"AWS_Lambda_java21"');
      const all = await emulator.messages('/aws/lambda/managed_client');
      const start = all.indexOf(`START RequestId: ${requestId} Version: $LATEST`);
      const end = all.indexOf(`END RequestId: ${requestId}`);
      const written = all.slice(start + 1, end);
      expect(written.toSorted()).toEqual(['one\ntwo', 'three', 'to standard output']);
      expect(written.indexOf('three')).toBe(written.indexOf('one\ntwo') + 1);
    }
  });
});
