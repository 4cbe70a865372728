/** Results and errors that Lambda answers itself, byte for byte and with all that they say; and tenants. */
import { expect } from 'vitest';
import { situations } from './run-situations.ts';
import type { InvokeResponse } from './situation.ts';

const BINARY = 'amazon-archives/aws-sdk-react-native#30 (a function that returns a PDF)';
const answer = (body: Buffer, contentType: string): InvokeResponse[] => [{ status: 200, body, contentType }];
const failure = (body: object): InvokeResponse[] => [
  { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body },
];
const PDF = Buffer.from('JVBERi3//oAACg==', 'base64');
const NULS = Buffer.from('a\0b\0', 'latin1');
const LATIN1 = Buffer.from('größer', 'latin1');

situations('results that are no JSON text', [
  {
    name: 'binary',
    source: BINARY,
    type: 'RequestResponse',
    answers: answer(PDF, 'application/octet-stream'),
    want: { state: 'succeeded', result: PDF, contentType: 'application/octet-stream' },
  },
  {
    name: 'binary-with-nul',
    source: `${BINARY}; of our own`,
    type: 'RequestResponse',
    answers: answer(NULS, 'application/octet-stream'),
    want: { state: 'succeeded', result: NULS },
  },
  {
    name: 'binary-of-another-encoding',
    source: `${BINARY}; of our own`,
    type: 'RequestResponse',
    answers: answer(LATIN1, 'text/plain; charset=iso-8859-1'),
    want: { state: 'succeeded', result: LATIN1, contentType: 'text/plain' },
  },
]);

const CAUSE = 'aws/aws-toolkit-azure-devops#137 (cause in the error document)';
const inner = {
  errorMessage: 'JsonMappingException: no single-String constructor',
  errorType: 'java.io.UncheckedIOException',
  stackTrace: [],
};
const outer = {
  errorMessage: 'An error occurred during JSON parsing',
  errorType: 'java.lang.RuntimeException',
  stackTrace: [],
};
const tracedTo = (...texts: string[]) => ({
  error: { stack_trace: expect.arrayContaining(texts.map((text) => expect.stringContaining(text))) },
});

situations('error documents', [
  {
    name: 'java-cause',
    source: CAUSE,
    type: 'RequestResponse',
    answers: failure({ ...outer, cause: inner }),
    want: {
      state: 'failed',
      type: 'java.lang.RuntimeException',
      message: 'An error occurred during JSON parsing',
      execution: tracedTo('no single-String constructor'),
    },
  },
  {
    name: 'java-cause-of-a-cause',
    source: `${CAUSE}; of our own`,
    type: 'RequestResponse',
    answers: failure({
      ...outer,
      cause: { ...inner, cause: { errorType: 'java.net.ConnectException', errorMessage: 'refused' } },
    }),
    want: {
      state: 'failed',
      type: 'java.lang.RuntimeException',
      execution: tracedTo('no single-String constructor', 'java.net.ConnectException: refused'),
    },
  },
  {
    name: 'java-cause-without-message',
    source: `${CAUSE}; of our own`,
    type: 'RequestResponse',
    answers: failure({
      ...outer,
      cause: { errorType: 'java.lang.NullPointerException', stackTrace: ['x.Y.z(Y.java:3)'] },
    }),
    want: {
      state: 'failed',
      execution: tracedTo('java.lang.NullPointerException', 'x.Y.z(Y.java:3)'),
    },
  },
  {
    name: 'message-is-an-object',
    source: 'custom runtimes answer with any JSON',
    type: 'RequestResponse',
    answers: failure({ errorType: 'HandledError', errorMessage: { code: 42, detail: 'quota' } }),
    want: { state: 'failed', type: 'HandledError', message: /42.*quota/ },
  },
  {
    name: 'message-is-a-list',
    source: 'the same; of our own',
    type: 'RequestResponse',
    answers: failure({ errorType: 'Invalid', errorMessage: ['name is missing', 'age < 0'] }),
    want: { state: 'failed', type: 'Invalid', message: /name is missing.*age < 0/ },
  },
  {
    name: 'message-is-a-number',
    source: 'the same; of our own',
    type: 'RequestResponse',
    answers: failure({ errorType: 'ExitCode', errorMessage: 137 }),
    want: { state: 'failed', type: 'ExitCode', message: '137' },
  },
]);

const TENANT = 'AWS docs: Invoking Lambda functions with tenant isolation';
const ISOLATED = { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } };
const NO_TENANT = {
  status: 400,
  headers: { 'x-amzn-errortype': 'InvalidParameterValueException' },
  body: {
    Type: 'User',
    message:
      'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.',
  },
};

situations('tenants', [
  {
    name: 'tenant',
    source: TENANT,
    type: 'RequestResponse',
    config: ISOLATED,
    submit: { tenant_id: 'blue' },
    want: { state: 'succeeded', sent: { 'x-amz-tenant-id': 'blue' } },
  },
  {
    name: 'tenant-of-the-policy',
    source: `${TENANT}; of our own`,
    config: ISOLATED,
    type: 'RequestResponse',
    policy: { tenantId: 'green' },
    want: { state: 'succeeded', sent: { 'x-amz-tenant-id': 'green' } },
  },
  {
    name: 'tenant-missing',
    source: `${TENANT}; of our own`,
    config: ISOLATED,
    want: { state: 'refused', message: /^4\d\d .*tenant/s },
  },
  {
    name: 'tenant-missing-and-settings-unreadable',
    source: `${TENANT}; Lambda refuses it; of our own`,
    type: 'RequestResponse',
    config: 'denied',
    answers: [NO_TENANT],
    want: { state: 'failed', kind: 'invoke_rejected', message: 'Add a valid tenant ID' },
  },
]);
