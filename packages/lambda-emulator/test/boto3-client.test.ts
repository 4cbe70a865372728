import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';

/** The Python environment that `npm test` creates. It contains boto3 because moto needs it. */
const PYTHON = fileURLToPath(new URL('../../../.venv/airflow-3.3/bin/python', import.meta.url));
const CLIENT = fileURLToPath(new URL('./boto3_client.py', import.meta.url));

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

test('boto3 can invoke functions, read errors and log tails, send events, and find and tail their logs', async () => {
  const { stdout } = await promisify(execFile)(PYTHON, [CLIENT, emulator.url]);
  const output = JSON.parse(stdout);

  expect(output.success).toMatchObject({
    status: 200,
    function_error: null,
    executed_version: '$LATEST',
    payload: '{"ü": 1}',
  });
  expect(output.success.tail).toContain(`END RequestId: ${output.success.request_id}\nREPORT `);
  expect(output.function_error).toMatchObject({ status: 200, function_error: 'Unhandled' });
  expect(JSON.parse(output.function_error.payload)).toMatchObject({
    errorType: 'ValueError',
    errorMessage: 'asked to fail',
    requestId: output.function_error.request_id,
  });
  expect(output.dry_run).toMatchObject({ status: 204, payload: '' });
  expect(output.event).toMatchObject({ status: 202, payload: '', function_error: null });
  expect(output.event_lines[0]).toBe(`START RequestId: ${output.event.request_id} Version: $LATEST\n`);
  expect(output.event_lines.at(-1)).toMatch(/^REPORT /);
  expect(output.log).toEqual(expect.arrayContaining(['printed\n', 'from a child process\n']));

  expect(output.live_tail[0]).toMatch(/^START /);
  expect(output.live_tail).toEqual(expect.arrayContaining(['printed\n', 'from a child process\n']));

  expect(output.not_found).toEqual({
    class: 'ResourceNotFoundException',
    code: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:nobody:$LATEST',
    reason: null,
    status: 404,
  });
  expect(output.bad_json).toMatchObject({ class: 'InvalidRequestContentException', status: 400 });
  expect(output.too_large).toMatchObject({
    class: 'RequestTooLargeException',
    message: 'Request must be smaller than 1048576 bytes for the InvokeFunction operation',
    status: 413,
  });
  expect(output.throttled).toMatchObject({
    class: 'TooManyRequestsException',
    reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    status: 429,
  });
  expect(output.no_log_group).toBe('The specified log group does not exist.');
  expect(output.configuration).toBe('Active');
  expect(output.retry_attempts).toBe(0);
});
