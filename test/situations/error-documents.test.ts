/** Errors that Lambda answers itself, with all that they say. */
import { expect } from 'vitest';
import { situations } from './run-situations.ts';
import type { InvokeResponse } from './situation.ts';

const CAUSE = 'aws/aws-toolkit-azure-devops#137 (cause in the error document)';
const failure = (body: object): InvokeResponse[] => [
  { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body },
];
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
