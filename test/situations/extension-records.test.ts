/** Platform records that an extension prints in JSON format: they are copies of those that Lambda wrote. */
import { CHILD, inJson, jsonReport, jsonStart, nodeRecord, PYTHON, pythonRecord } from './lines.ts';
import { situations } from './run-situations.ts';
import { OPEN } from './wants.ts';

const TELEMETRY =
  'aws-samples/aws-lambda-extensions, the Telemetry API examples: an extension prints each record as a line, in batches; of our own';
const PREVIOUS = jsonReport({ status: 'success' }, CHILD);
const JSON_PYTHON = inJson(PYTHON);
const CRASHED = jsonReport({ status: 'error', errorType: 'Runtime.ExitError' });

situations('records that an extension prints during the run', [
  {
    name: 'previous-report-and-own-start-printed',
    source: TELEMETRY,
    config: JSON_PYTHON,
    alone: true,
    runs: [
      { lines: [jsonStart(CHILD), PREVIOUS] },
      { lines: [jsonStart(), pythonRecord('ValueError', 'boom'), PREVIOUS, jsonStart(), jsonReport()] },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'boom', proof: 'runtime_record' },
  },
  {
    name: 'previous-run-and-own-start-printed',
    source: TELEMETRY,
    config: JSON_PYTHON,
    alone: true,
    runs: [
      {
        lines: [
          jsonStart(),
          pythonRecord('ValueError', 'boom'),
          jsonStart(CHILD),
          PREVIOUS,
          jsonStart(),
          jsonReport(),
        ],
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'boom', proof: 'runtime_record' },
  },
  {
    name: 'records-printed-in-a-run-of-node',
    source: TELEMETRY,
    config: inJson({ Runtime: 'nodejs22.x' }),
    alone: true,
    runs: [
      { lines: [jsonStart(CHILD), PREVIOUS] },
      { lines: [jsonStart(), nodeRecord('TypeError', 'boom'), PREVIOUS, jsonStart(), jsonReport()] },
    ],
    want: OPEN,
  },
  {
    name: 'records-printed-in-a-good-run',
    source: TELEMETRY,
    config: JSON_PYTHON,
    alone: true,
    runs: [{ lines: [jsonStart(), 'works', jsonStart(CHILD), PREVIOUS, jsonStart(), jsonReport()] }],
    want: { state: 'succeeded', proof: 'silence' },
  },
]);

situations('records that an extension prints when the environment shuts down', [
  {
    name: 'own-report-printed-after-a-crash',
    source: TELEMETRY,
    config: JSON_PYTHON,
    alone: true,
    eventInvoke: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 3_600 },
    runs: [
      { lines: [jsonStart(), CRASHED] },
      { afterSearches: 2, lines: [CRASHED] },
      { stream: 'new', afterSearches: 12, lines: [jsonStart(), jsonReport()] },
    ],
    want: { state: 'succeeded', proof: 'silence', deliveries: 2, logs: 'unchecked' },
  },
]);
