/** Functions and extensions that print platform lines with our own request id. */
import { CHILD, end, inJson, jsonReport, jsonStart, platform, raised, report, run, start } from './lines.ts';
import { situations } from './run-situations.ts';

const TELEMETRY = 'aws-samples/aws-lambda-extensions: the Telemetry API samples print what they receive';

situations('a printed line with our own request id', [
  {
    name: 'own-report-printed-then-raise',
    source: 'a function that prints the REPORT of a log it expects; of our own',
    runs: [{ lines: run(report(), 'goes on', raised('ValueError: after the print')) }],
    want: { state: 'failed', type: 'ValueError', message: 'after the print' },
  },
  {
    name: 'own-report-with-status-printed',
    source: 'the same, with an error in it; of our own',
    eventInvoke: 'default',
    runs: [{ lines: run('a test:', report('Status: error\tError Type: Fake.Error'), 'goes on') }],
    want: { state: 'succeeded', deliveries: 1 },
  },
  {
    name: 'own-end-and-report-printed-then-raise',
    source: 'the same, with END before it; of our own',
    runs: [{ lines: run(end(), report(), raised('LookupError: really')) }],
    want: { state: 'failed', type: 'LookupError', deliveries: 1 },
  },
  {
    name: 'own-start-printed-again',
    source: 'a function that prints its context as Lambda does; of our own',
    eventInvoke: 'default',
    runs: [{ lines: run('context:', start(), 'works') }],
    want: { state: 'succeeded', deliveries: 1 },
  },
  {
    name: 'extension-prints-telemetry',
    source: `${TELEMETRY}; in text format, after REPORT`,
    eventInvoke: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 3_600 },
    runs: [
      {
        lines: [
          ...run(raised('ValueError: flaky')),
          jsonReport({ status: 'error', errorType: 'ValueError', metrics: { durationMs: 21.8 } }),
        ],
      },
      { stream: 'new', afterSearches: 6, lines: run('good now') },
    ],
    want: { state: 'succeeded', deliveries: 2 },
  },
  {
    name: 'extension-prints-success',
    source: `${TELEMETRY}; the record of a handled error says success; of our own`,
    runs: [
      {
        lines: [
          start(),
          platform('start', { requestId: '{ID}', version: '$LATEST' }),
          raised('ValueError: for all that'),
          jsonReport(),
          end(),
          report(),
        ],
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'for all that', deliveries: 1 },
  },
  {
    name: 'extension-prints-start-in-next-run',
    source: `${TELEMETRY}; it is a run behind; of our own`,
    runs: [
      { lines: run(raised('ValueError: once')) },
      { lines: [start(CHILD), jsonStart(), jsonReport(), end(CHILD), report('', CHILD)] },
    ],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'once',
      deliveries: 1,
      logs: run(raised('ValueError: once')),
    },
  },
  {
    name: 'json-own-report-printed',
    source: `${TELEMETRY}; in JSON format; of our own`,
    config: inJson({ Runtime: 'python3.13' }),
    eventInvoke: 'default',
    runs: [
      {
        lines: [
          jsonStart(),
          jsonReport({ status: 'error', errorType: 'Fake.Error' }, CHILD),
          '{"level": "INFO", "message": "works", "requestId": "{ID}"}',
          jsonReport(),
        ],
      },
    ],
    want: { state: 'succeeded', deliveries: 1 },
  },
]);
