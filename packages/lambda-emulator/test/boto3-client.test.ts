import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from './endpoint.ts';

/** The Python environment that `npm test` makes; it has boto3 for moto's sake. */
const PYTHON = fileURLToPath(new URL('../../../.venv/airflow-3.3/bin/python', import.meta.url));
const CLIENT = fileURLToPath(new URL('./boto3_client.py', import.meta.url));

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());

test('boto3 invokes, reads errors and tails, sends events and finds their logs', async () => {
  const { stdout } = await promisify(execFile)(PYTHON, [CLIENT, endpoint.url]);
  const seen = JSON.parse(stdout);

  expect(seen.success).toMatchObject({
    status: 200,
    function_error: null,
    executed_version: '$LATEST',
    payload: '{"ü": 1}',
  });
  expect(seen.success.tail).toContain(`END RequestId: ${seen.success.request_id}\nREPORT `);
  expect(seen.function_error).toMatchObject({ status: 200, function_error: 'Unhandled' });
  expect(JSON.parse(seen.function_error.payload)).toMatchObject({
    errorType: 'ValueError',
    errorMessage: 'asked to fail',
    requestId: seen.function_error.request_id,
  });
  expect(seen.dry_run).toMatchObject({ status: 204, payload: '' });
  expect(seen.event).toMatchObject({ status: 202, payload: '', function_error: null });
  expect(seen.event_lines[0]).toBe(`START RequestId: ${seen.event.request_id} Version: $LATEST`);
  expect(seen.event_lines.at(-1)).toMatch(/^REPORT /);
  expect(seen.log).toEqual(expect.arrayContaining(['printed', 'from a child process']));

  expect(seen.not_found).toEqual({
    class: 'ResourceNotFoundException',
    code: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:nobody',
    reason: null,
    status: 404,
  });
  expect(seen.bad_json).toMatchObject({ class: 'InvalidRequestContentException', status: 400 });
  expect(seen.too_large).toMatchObject({
    class: 'RequestTooLargeException',
    message: 'Request must be smaller than 1048576 bytes for the InvokeFunction operation',
    status: 413,
  });
  expect(seen.throttled).toMatchObject({
    class: 'TooManyRequestsException',
    reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    status: 429,
  });
  expect(seen.no_log_group).toBe('The specified log group does not exist.');
  expect(seen.configuration).toBe('Active');
  expect(seen.retry_attempts).toBe(0);
});
