/** Functions and extensions that print logs of other invocations, or of their own: between START and REPORT all is ours. */
import {
  CHILD,
  childRun,
  end,
  inGroup,
  inJson,
  jsonReport,
  jsonStart,
  NODE,
  nodeError,
  platform,
  raised,
  report,
  run,
  start,
} from './lines.ts';
import { situations } from './run-situations.ts';

const TAIL = 'awsdocs/aws-doc-sdk-examples lambda_basics.py, zappa invoke: both print the decoded LogResult';
const TELEMETRY = 'aws-samples/aws-lambda-extensions: the Telemetry API samples print what they receive';
const SHARED = 'AWS docs, monitoring-cloudwatchlogs-loggroups: one log group for several functions';
const NOT_OURS = 'KeyError: of the child';

situations('a printed log of another invocation', [
  {
    name: 'child-tail-then-raise',
    source: TAIL,
    runs: [
      {
        lines: run(
          'calling child',
          ...childRun('child works'),
          'after child',
          raised('ValueError: child said no'),
        ),
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'child said no' },
  },
  {
    name: 'child-tail-cut-and-last',
    source: `${TAIL}; the cut tail of a failed child is the last that is printed`,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          'child log:',
          '[ERROR] ValueError: child said no',
          'Traceback (most recent call last):',
          '  File "/var/task/app.py", line 3, in handler',
          end(CHILD),
          report('', CHILD),
        ),
      },
    ],
    want: { state: 'succeeded', proof: 'silence', deliveries: 1 },
  },
  {
    name: 'child-tail-in-one-event',
    source: `${TAIL}; the runtime writes one print as one event; of our own`,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `START RequestId: ${CHILD} Version: $LATEST\n[ERROR] ${NOT_OURS}\nTraceback (most recent call last):\n  File "app.py"\n${end(CHILD)}\n${report('', CHILD)}\n`,
        ),
      },
    ],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'child-start-without-report',
    source: `${TAIL}; the child's log breaks off; of our own`,
    runs: [{ lines: run(start(CHILD), 'child works', raised('OSError: no answer')) }],
    want: { state: 'failed', type: 'OSError', message: 'no answer' },
  },
  {
    name: 'child-report-says-timeout',
    source: `${TAIL}; the child's REPORT has a status; of our own`,
    eventInvoke: 'default',
    runs: [{ lines: run(start(CHILD), end(CHILD), report('Status: timeout', CHILD), 'goes on') }],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'child-telemetry-in-text',
    source: `${TELEMETRY}; of our own`,
    eventInvoke: 'default',
    runs: [{ lines: run(jsonReport({ status: 'error', errorType: 'ValueError' }, CHILD)) }],
    want: { state: 'succeeded', proof: 'silence' },
  },
]);

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

situations('an error that quotes another', [
  {
    name: 'quoted-child-error',
    source: 'an orchestrator raises with the log of its child in the message',
    runs: [
      {
        lines: run(
          '[ERROR] RuntimeError: child failed:\n[ERROR] KeyError: \'x\'\nTraceback (most recent call last):\n  File "child.py"\nTraceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler',
        ),
      },
    ],
    want: { state: 'failed', type: 'RuntimeError', message: "[ERROR] KeyError: 'x'" },
  },
  {
    name: 'quoted-node-error',
    source: 'the same in Node: the message has the record of the child; of our own',
    config: NODE,
    runs: [
      {
        lines: run(
          nodeError({
            errorType: 'ChildFailed',
            errorMessage: `child: ${nodeError({ errorType: 'Inner', errorMessage: 'x' }, CHILD)}`,
            stack: ['ChildFailed: child'],
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'ChildFailed', message: 'child: ' },
  },
  {
    name: 'quoted-platform-error',
    source: 'the same, with a REPORT in the message; of our own',
    runs: [{ lines: run(raised(`RuntimeError: log was\n${report('Status: timeout', CHILD)}\nend of log`)) }],
    want: { state: 'failed', kind: 'function_error', type: 'RuntimeError', message: 'log was' },
  },
]);

situations('a log group of several functions', [
  {
    name: 'correlation-id',
    source: `${SHARED}; the next function logs our request id as its correlation id`,
    config: inGroup('/app/shared-correlation'),
    runs: [
      { lines: run('parent works') },
      {
        stream: 'child',
        owner: 'child',
        afterSearches: 1,
        lines: childRun(
          '{"level":"INFO","requestId":"{ID}","message":"child of the request"}',
          'secret of the child',
        ),
      },
    ],
    want: { state: 'succeeded' },
  },
  {
    name: 'correlation-id-of-an-error',
    source: `${SHARED}; the next function fails with our request id; of our own`,
    config: inJson({ Runtime: 'python3.13' }, { LogGroup: '/app/shared-failing' }),
    runs: [
      {
        stream: 'child',
        owner: 'child',
        lines: [
          jsonStart(CHILD),
          '{"level": "ERROR", "errorMessage": "no", "errorType": "KeyError", "requestId": "{ID}", "stackTrace": []}',
          jsonReport({ status: 'success' }, CHILD),
        ],
      },
      { lines: [jsonStart(), '{"level": "INFO", "message": "ours", "requestId": "{ID}"}', jsonReport()] },
    ],
    want: { state: 'succeeded' },
  },
  {
    name: 'forwarder-prints-our-log',
    source: `${SHARED}; a log forwarder prints what it reads; of our own`,
    config: inGroup('/app/shared-forwarder'),
    eventInvoke: 'default',
    runs: [
      { lines: run('works') },
      {
        stream: 'forwarder',
        owner: 'forwarder',
        lines: [start(CHILD), ...run(raised('ValueError: as it saw it')), end(CHILD), report('', CHILD)],
      },
    ],
    want: { state: 'succeeded', deliveries: 1, logs: run('works') },
  },
  {
    name: 'other-environment-prints-our-log',
    source: `${TAIL}; the function prints the log of an earlier run of itself; of our own`,
    eventInvoke: 'default',
    runs: [
      { lines: run('works') },
      {
        stream: 'new',
        lines: [start(CHILD), ...run(raised('ValueError: as it saw it')), end(CHILD), report('', CHILD)],
      },
    ],
    want: { state: 'succeeded', deliveries: 1, logs: run('works') },
  },
]);
