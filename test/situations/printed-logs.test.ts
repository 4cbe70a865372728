/** Functions that print the log of another invocation: between START and REPORT all is ours. */
import { CHILD, childRun, end, jsonReport, raised, report, run, start } from './lines.ts';
import { situations } from './run-situations.ts';

const TAIL = 'awsdocs/aws-doc-sdk-examples lambda_basics.py, zappa invoke: both print the decoded LogResult';
const TELEMETRY = 'aws-samples/aws-lambda-extensions: the Telemetry API samples print what they receive';
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
