/** JSON logs with records that the function wrote itself, which look like those of its runtime. */
import { inJson, jsonRun, NODE, nodeRecord, PYTHON, record } from './lines.ts';
import { situations } from './run-situations.ts';
import { OK, OPEN } from './wants.ts';

const CAUGHT =
  'recorded on AWS: radkawar/stackd testdata/aws/lambda/extensions_platform.json, aws-samples/aws-lambda-extensions#85';

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
          nodeRecord('AppError', 'handled'),
          record({ level: 'INFO', requestId: '{ID}', message: 'went on' }),
        ),
      },
    ],
    want: { ...OPEN, deliveries: 1, endsWithWindow: true },
  },
  {
    name: 'json-node-logged-object',
    source: 'console.error of an object that only looks like an error; of our own',
    config: inJson(NODE),
    eventInvoke: 'default',
    runs: [
      {
        lines: jsonRun(
          record({
            level: 'ERROR',
            requestId: '{ID}',
            message: { errorType: 'MyErr', errorMessage: 'of the child' },
          }),
        ),
      },
    ],
    want: OK,
  },
]);
