/** JSON logs: Lambda's status is `success` after an error that the runtime caught, so only the runtime's record tells. */
import { CUSTOM, inJson, JAVA, jsonReport, jsonRun, jsonStart, NODE, pythonRecord, record } from './lines.ts';
import { situations } from './run-situations.ts';

const CAUGHT =
  'recorded on AWS: radkawar/stackd testdata/aws/lambda/extensions_platform.json, aws-samples/aws-lambda-extensions#85';
const PYTHON = { Runtime: 'python3.13' };
const OK = { state: 'succeeded', proof: 'silence', deliveries: 1 } as const;
const OPEN = { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] } as const;

const nodeError = (errorType: string, errorMessage: string) =>
  record({
    level: 'ERROR',
    requestId: '{ID}',
    message: {
      errorType,
      errorMessage,
      stackTrace: [`${errorType}: ${errorMessage}`, '    at x'],
      name: errorType,
    },
  });

situations('an error that the runtime caught, in JSON logs', [
  {
    name: 'json-python-raise',
    source: CAUGHT,
    config: inJson(PYTHON),
    runs: [{ lines: jsonRun('plain line', pythonRecord('ValueError', 'boom\nsecond line')) }],
    want: { state: 'failed', type: 'ValueError', message: 'boom\nsecond line', proof: 'runtime_record' },
  },
  {
    name: 'json-python-class-beyond-ascii',
    source: `${CAUGHT}; of our own`,
    config: inJson(PYTHON),
    runs: [{ lines: jsonRun(pythonRecord('Prüffehler', 'größer als erlaubt')) }],
    want: { state: 'failed', type: 'Prüffehler', message: 'größer als erlaubt' },
  },
  {
    name: 'json-node-raise',
    source: `${CAUGHT}; of our own. The record may be console.error's too, so it does not prove the failure`,
    config: inJson(NODE),
    policy: { unproven: 'fail' },
    runs: [{ lines: jsonRun(nodeError('AppError', 'boom')) }],
    want: { state: 'failed', message: 'boom', logs: 'unchecked', warnings: ['end_not_proven'] },
  },
  {
    name: 'json-java-raise',
    source: `${CAUGHT}; of our own`,
    config: inJson(JAVA),
    runs: [
      {
        lines: jsonRun(
          'plain line',
          record({
            message: 'boom: ex.MyErr\nex.MyErr: boom\n\tat ex.App.handleRequest(App.java:34)\n\n',
            level: 'ERROR',
            AWSRequestId: '{ID}',
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'ex.MyErr', message: 'boom', proof: 'runtime_record' },
  },
  {
    name: 'json-status-timeout',
    source: 'AWS docs, telemetry-schema-reference: Status; of our own',
    config: inJson(PYTHON),
    runs: [{ lines: [jsonStart(), jsonReport({ status: 'timeout' })] }],
    want: { state: 'failed', kind: 'timed_out', proof: 'report_status' },
  },
  {
    name: 'json-status-failure',
    source: 'the same; of our own',
    config: inJson(NODE),
    runs: [{ lines: [jsonStart(), jsonReport({ status: 'failure', errorType: 'Runtime.ExitError' })] }],
    want: { state: 'failed', type: 'Runtime.ExitError', proof: 'report_status' },
  },
]);

situations('a record that the function logged itself, in JSON logs', [
  {
    name: 'json-node-logged',
    source: `the record of console.error('caught', error), written by aws-lambda-ric; ${CAUGHT}`,
    config: inJson(NODE),
    runs: [
      {
        lines: jsonRun(
          record({
            level: 'ERROR',
            requestId: '{ID}',
            message: 'caught',
            errorType: 'MyErr',
            errorMessage: 'boom',
          }),
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'json-python-logged-exception',
    source: 'logger.exception, written by awslambdaric; of our own',
    config: inJson(PYTHON),
    eventInvoke: 'default',
    runs: [
      {
        lines: jsonRun(
          record({
            level: 'ERROR',
            message: 'handled',
            logger: 'root',
            stackTrace: ['  File "/var/task/app.py", line 37, in handler\n    raise ValueError("caught")\n'],
            errorType: 'ValueError',
            errorMessage: 'caught',
            requestId: '{ID}',
            location: '/var/task/app.py:handler:39',
          }),
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'json-python-logged-in-words',
    source: 'logger.error of the text form, and a printed trace; of our own',
    config: inJson(PYTHON),
    eventInvoke: 'default',
    runs: [
      {
        lines: jsonRun(
          record({
            level: 'ERROR',
            message: '[ERROR] ValueError: in words',
            logger: 'root',
            requestId: '{ID}',
          }),
          'Traceback (most recent call last):',
          'ValueError: caught',
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'json-node-logged-and-goes-on',
    source: 'console.error(error), then further lines: timers of a failed function write too; of our own',
    config: inJson(NODE),
    eventInvoke: 'default',
    runs: [
      {
        lines: jsonRun(
          nodeError('AppError', 'handled'),
          record({ level: 'INFO', requestId: '{ID}', message: 'went on' }),
        ),
      },
    ],
    want: { ...OPEN, deliveries: 1 },
  },
]);

situations('levels that leave records out', [
  {
    name: 'json-python-fatal',
    source:
      'AWS docs, monitoring-cloudwatchlogs-log-level: FATAL leaves out the record of an error; of our own',
    config: inJson(PYTHON, { ApplicationLogLevel: 'FATAL' }),
    runs: [{ lines: jsonRun() }],
    want: OPEN,
  },
  {
    name: 'json-java-fatal',
    source: 'the same; of our own',
    config: inJson(JAVA, { ApplicationLogLevel: 'FATAL' }),
    runs: [{ lines: jsonRun('works') }],
    want: OPEN,
  },
  {
    name: 'json-node-fatal-and-status-error',
    source: 'the same: the status of the report still proves a failure; of our own',
    config: inJson(NODE, { ApplicationLogLevel: 'FATAL' }),
    runs: [{ lines: [jsonStart(), jsonReport({ status: 'error', errorType: 'Runtime.ExitError' })] }],
    want: { state: 'failed', type: 'Runtime.ExitError' },
  },
  {
    name: 'json-system-level-warn',
    source: 'the same page: WARN leaves out START and REPORT; of our own',
    config: inJson(PYTHON, { SystemLogLevel: 'WARN' }),
    alone: true,
    runs: [{ lines: [record({ level: 'INFO', message: 'works', requestId: '{ID}' })] }],
    want: {
      state: 'failed',
      kind: 'lost',
      warnings: ['reports_suppressed'],
      endsWithWindow: true,
      logs: 'unchecked',
    },
  },
  {
    name: 'json-system-level-warn-in-node',
    source: 'the same; of our own',
    config: inJson(NODE, { SystemLogLevel: 'WARN' }),
    alone: true,
    runs: [{ lines: [record({ level: 'ERROR', message: 'caught', requestId: '{ID}' })] }],
    want: {
      state: 'failed',
      kind: 'lost',
      warnings: ['reports_suppressed'],
      endsWithWindow: true,
      logs: 'unchecked',
    },
  },
  {
    name: 'json-custom-runtime-success',
    source: 'Lambda says success for every error that a custom runtime caught; of our own',
    config: inJson(CUSTOM),
    runs: [{ lines: jsonRun('works') }],
    want: OPEN,
  },
]);
