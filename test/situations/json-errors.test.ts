/** JSON logs of errors that the runtime caught: Lambda says `success`, so only the runtime's record tells. */
import {
  inJson,
  JAVA,
  jsonReport,
  jsonRun,
  jsonStart,
  NODE,
  nodeRecord,
  PYTHON,
  pythonRecord,
  record,
} from './lines.ts';
import { situations } from './run-situations.ts';

const CAUGHT =
  'recorded on AWS: radkawar/stackd testdata/aws/lambda/extensions_platform.json, aws-samples/aws-lambda-extensions#85';

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
    runs: [{ lines: jsonRun(nodeRecord('AppError', 'boom')) }],
    want: {
      state: 'failed',
      type: 'AppError',
      message: 'boom',
      proof: 'assumed',
      warnings: ['end_not_proven'],
    },
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
  {
    name: 'json-python-without-message',
    source: `${CAUGHT}; of our own`,
    config: inJson(PYTHON),
    runs: [{ lines: jsonRun(pythonRecord('KeyError', '')) }],
    want: { state: 'failed', type: 'KeyError', proof: 'runtime_record' },
  },
]);
