/** Functions whose runtime the bridge does not know: container images, and settings that cannot be read. */
import { jsonReport, jsonRun, jsonStart, nodeError, raised, record, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';
import { OPEN } from './wants.ts';

situations('functions of which no runtime is known', [
  {
    name: 'image-of-python-raises',
    source: 'a container image may use any client; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run(raised('ValueError: in an image')) }],
    want: { state: 'failed', type: 'ValueError', message: 'in an image' },
  },
  {
    name: 'image-succeeds',
    source: 'the same, silent; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'settings-denied',
    source: 'the bridge may not read the configuration, so the runtime is not known; of our own',
    config: 'denied',
    runs: [{ lines: run('works') }],
    want: {
      state: 'succeeded',
      proof: 'assumed',
      warnings: ['end_not_proven', 'function_access_denied'],
      endsWithWindow: true,
    },
  },
  {
    name: 'runtime-of-the-future',
    source: 'a runtime that the bridge does not know; of our own',
    config: { Runtime: 'zig1.x' },
    runs: [{ lines: run(raised('ValueError: in Python form')) }],
    want: { state: 'failed', type: 'ValueError', message: 'in Python form' },
  },
  {
    name: 'image-of-node-raises',
    source: 'written by aws-lambda-ric in an image; of our own',
    config: { PackageType: 'Image' },
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tINFO\tplain line`,
          nodeError({
            errorType: 'OrderError',
            errorMessage: 'in an image',
            stack: ['OrderError: in an image'],
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'OrderError', message: 'in an image', proof: 'runtime_record' },
  },
  {
    name: 'image-of-java-raises',
    source:
      'written by aws-lambda-java-runtime-interface-client in an image: every line is an event; of our own',
    config: { PackageType: 'Image' },
    runs: [
      {
        lines: run(
          '[INFO] logger line',
          'in an image: ex.App$OrderError',
          'ex.App$OrderError: in an image',
          '\tat ex.App.handleRequest(App.java:10)',
          '',
        ),
      },
    ],
    want: { state: 'failed', type: 'ex.App$OrderError', message: 'in an image', proof: 'runtime_record' },
  },
  {
    name: 'image-of-go-raises',
    source: 'written by aws-lambda-go in an image; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run('2026/11/27 03:22:26 {"errorMessage":"in an image","errorType":"orderError"}') }],
    want: { state: 'failed', type: 'orderError', message: 'in an image', proof: 'runtime_record' },
  },
  {
    name: 'image-of-rust-raises',
    source:
      'written by lambda_runtime in an image; tracing::error! of a function writes the same; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run('ERROR Lambda runtime invoke{requestId="{ID}"}: "in an image"') }],
    want: OPEN,
  },
  {
    name: 'settings-denied-and-raises',
    source: 'the settings cannot be read, and all three runs that Lambda makes by default fail; of our own',
    config: 'denied',
    runs: [
      { lines: run(raised('ValueError: first')) },
      { stream: 'new', afterSearches: 2, lines: run(raised('ValueError: second')) },
      { stream: 'new', afterSearches: 4, lines: run(raised('ValueError: third')) },
    ],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'third',
      proof: 'runtime_record',
      deliveries: 3,
      warnings: ['function_access_denied'],
    },
  },
  {
    name: 'settings-denied-of-node-raises-once',
    source: 'the settings cannot be read, and the run that Lambda retried succeeds silently; of our own',
    config: 'denied',
    runs: [
      { lines: run(nodeError({ errorType: 'TypeError', errorMessage: 'once', stack: ['TypeError: once'] })) },
      { stream: 'new', afterSearches: 3, lines: run(`${TIME}\t{ID}\tINFO\tworks now`) },
    ],
    want: {
      ...OPEN,
      deliveries: 2,
      warnings: ['end_not_proven', 'function_access_denied'],
      endsWithWindow: true,
    },
  },
  {
    name: 'settings-denied-and-json-logs',
    source: 'the settings cannot be read, so the log format is not known either; of our own',
    config: 'denied',
    alone: true,
    runs: [{ lines: jsonRun(record({ level: 'INFO', message: 'works', requestId: '{ID}' })) }],
    want: { ...OPEN, warnings: ['end_not_proven', 'function_access_denied'], endsWithWindow: true },
  },
  {
    name: 'settings-denied-and-json-logs-of-a-failure',
    source: 'the same, and the report proves the failure of all three runs; of our own',
    config: 'denied',
    alone: true,
    runs: [0, 2, 4].map((afterSearches) => ({
      stream: 'new',
      afterSearches,
      lines: [jsonStart(), jsonReport({ status: 'failure', errorType: 'Runtime.ExitError' })],
    })),
    want: {
      state: 'failed',
      type: 'Runtime.ExitError',
      proof: 'report_status',
      deliveries: 3,
      warnings: ['function_access_denied'],
    },
  },
]);
