/** Log groups into which several functions write. */
import { HELD } from './answers.ts';
import {
  CHILD,
  childRun,
  end,
  inGroup,
  inJson,
  jsonReport,
  jsonStart,
  raised,
  report,
  run,
  start,
} from './lines.ts';
import { situations } from './run-situations.ts';
import { IN_DOUBT } from './wants.ts';

const TAIL = 'awsdocs/aws-doc-sdk-examples lambda_basics.py, zappa invoke: both print the decoded LogResult';
const SHARED = 'AWS docs, monitoring-cloudwatchlogs-loggroups: one log group for several functions';

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

situations("a function's own log group that another function shares", [
  {
    name: 'own-group-shared',
    source: `${SHARED}; the stream names the other function; of our own`,
    config: inGroup('/aws/lambda/own-group-shared'),
    alone: true,
    ...HELD,
    policy: { exclusive: true },
    runs: [{ stream: 'other', owner: 'other-fn', lines: childRun('works') }],
    want: IN_DOUBT,
  },
]);
