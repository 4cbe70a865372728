/** JSON logs whose levels leave out records of the runtime or lines of the platform. */
import { CUSTOM, inJson, JAVA, jsonReport, jsonRun, jsonStart, NODE, PYTHON, record } from './lines.ts';
import { situations } from './run-situations.ts';
import { OPEN } from './wants.ts';

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
