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
    const { requestId, text } = await emulator.invoke('custom_runtime', { exit: true });
    expect(JSON.parse(text)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
    });
  });
});
