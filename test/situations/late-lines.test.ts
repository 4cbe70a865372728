/** Lines that become visible after the REPORT. */
import {
  inJson,
  jsonReport,
  jsonStart,
  NODE,
  nodeError,
  PYTHON,
  raised,
  run,
  spacedRecord,
} from './lines.ts';
import { situations } from './run-situations.ts';

const LATE =
  'AWS docs, FilterLogEvents: events become visible one by one, not in the order of their timestamps';
const PYTHON_JSON = inJson(PYTHON);
const RECORD = spacedRecord('ValueError', 'late');

situations('lines that are late', [
  {
    name: 'all-but-the-report-late',
    source: `${LATE}; START, error and END come seconds after REPORT`,
    runs: [{ late: { 0: 5, 1: 5, 2: 5 }, lines: run(raised('ValueError: seen late')) }],
    want: { state: 'failed', type: 'ValueError', message: 'seen late', proof: 'runtime_record' },
  },
  {
    name: 'start-and-error-late',
    source: `${LATE}; of our own`,
    runs: [{ late: { 0: 4, 1: 4 }, lines: run(raised('ValueError: seen late')) }],
    want: { state: 'failed', type: 'ValueError' },
  },
  {
    name: 'error-and-end-late',
    source: `${LATE}; of our own`,
    runs: [{ late: { 1: 4, 2: 4 }, lines: run(raised('ValueError: seen late')) }],
    want: { state: 'failed', type: 'ValueError', message: 'seen late' },
  },
  {
    name: 'start-late-and-alone',
    source: `${LATE}; the first run of an environment; of our own`,
    alone: true,
    runs: [{ late: { 0: 5 }, lines: run('works') }],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'lines-late-one-by-one',
    source: `${LATE}; of our own`,
    config: NODE,
    runs: [
      {
        late: { 0: 7, 1: 6, 2: 5, 3: 4 },
        lines: run('plain', nodeError({ errorType: 'TypeError', errorMessage: 'x', stack: ['x'] })),
      },
    ],
    want: { state: 'failed', type: 'TypeError' },
  },
  {
    name: 'report-late',
    source: `${LATE}; of our own`,
    runs: [{ late: { 3: 5 }, lines: run(raised('ValueError: seen early')) }],
    want: { state: 'failed', type: 'ValueError', message: 'seen early' },
  },
  {
    name: 'json-start-and-error-late',
    source: `${LATE}; Lambda says success; of our own`,
    config: PYTHON_JSON,
    runs: [{ late: { 0: 4, 1: 4 }, lines: [jsonStart(), RECORD, jsonReport()] }],
    want: { state: 'failed', type: 'ValueError', message: 'late' },
  },
  {
    name: 'second-run-late',
    source: `${LATE}; the run that Lambda retried; of our own`,
    eventInvoke: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 3_600 },
    runs: [
      { lines: run(raised('ValueError: first')) },
      {
        stream: 'new',
        afterSearches: 5,
        late: { 0: 4, 1: 4, 2: 4 },
        lines: run(raised('ValueError: second')),
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'second', deliveries: 2 },
  },
]);
