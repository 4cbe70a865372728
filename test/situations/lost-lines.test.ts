/** Lines that never become visible, or that the platform says it dropped. */
import {
  inJson,
  jsonReport,
  jsonStart,
  PYTHON,
  platform,
  raised,
  report,
  run,
  spacedRecord,
  start,
} from './lines.ts';
import { situations } from './run-situations.ts';

const LATE =
  'AWS docs, FilterLogEvents: events become visible one by one, not in the order of their timestamps';
const NOT_WHOLE = 'could not be read whole';
const PYTHON_JSON = inJson(PYTHON);
const RECORD = spacedRecord('ValueError', 'late');
const DROPPED = platform('logsDropped', { droppedBytes: 4_000, droppedRecords: 12, reason: 'too slow' });

situations('lines that are lost', [
  {
    name: 'start-lost',
    source: `${LATE}; of our own`,
    runs: [{ late: { 0: 'never', 1: 'never', 2: 'never' }, lines: run(raised('ValueError: unseen')) }],
    want: { state: 'failed', kind: 'lost', message: NOT_WHOLE, endsWithWindow: true, logs: 'unchecked' },
  },
  {
    name: 'end-lost',
    source: `${LATE}; of our own`,
    runs: [{ late: { 1: 'never', 2: 'never' }, lines: run(raised('ValueError: unseen')) }],
    want: { state: 'failed', kind: 'lost', message: NOT_WHOLE, endsWithWindow: true, logs: 'unchecked' },
  },
  {
    name: 'start-lost-and-report-fails',
    source: `${LATE}; the status of REPORT is a proof of its own; of our own`,
    runs: [
      {
        late: { 0: 'never' },
        lines: [start(), 'works', report('Status: error\tError Type: Runtime.ExitError')],
      },
    ],
    want: { state: 'failed', type: 'Runtime.ExitError', proof: 'report_status', logs: 'unchecked' },
  },
  {
    name: 'lines-dropped',
    source: 'AWS docs, telemetry-schema-reference: platform.logsDropped',
    config: PYTHON_JSON,
    runs: [{ lines: [jsonStart(), DROPPED, jsonReport()] }],
    want: { state: 'failed', kind: 'lost', message: NOT_WHOLE, endsWithWindow: true, logs: 'unchecked' },
  },
  {
    name: 'lines-dropped-and-error-seen',
    source: 'the same: what was read proves the failure; of our own',
    config: PYTHON_JSON,
    runs: [{ lines: [jsonStart(), DROPPED, RECORD, jsonReport()] }],
    want: { state: 'failed', type: 'ValueError', message: 'late', logs: 'unchecked' },
  },
  {
    name: 'lines-dropped-in-java',
    source: 'the same, with lines before and after; of our own',
    config: inJson({ Runtime: 'java21' }),
    runs: [{ lines: [jsonStart(), 'works', DROPPED, 'still works', jsonReport()] }],
    want: { state: 'failed', kind: 'lost', message: NOT_WHOLE, endsWithWindow: true, logs: 'unchecked' },
  },
]);
