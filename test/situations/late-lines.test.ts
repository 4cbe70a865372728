/** Lines that become visible after the REPORT, or never, and pages that hold only a part of them. */
import {
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

const LATE =
  'AWS docs, FilterLogEvents: events become visible one by one, not in the order of their timestamps';
const NOT_WHOLE = 'could not be read whole';
const PYTHON_JSON = inJson({ Runtime: 'python3.13' });
const RECORD =
  '{"timestamp": "2026-11-26T23:54:53Z", "level": "ERROR", "errorMessage": "late", "errorType": "ValueError", "requestId": "{ID}", "stackTrace": []}';
const DROPPED = platform('logsDropped', { droppedBytes: 4_000, droppedRecords: 12, reason: 'too slow' });

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

situations('lines on several pages', [
  {
    name: 'one-event-a-page',
    source: 'AWS docs, FilterLogEvents: a page may hold any number of events; of our own',
    paging: { events: 1 },
    runs: [{ lines: run('a', 'b', raised('ValueError: on page 7')) }],
    want: { state: 'failed', type: 'ValueError', message: 'on page 7' },
  },
  {
    name: 'report-on-a-page-of-its-own',
    source: 'the same; of our own',
    alone: true,
    paging: { events: 2, emptyTail: 1 },
    runs: [{ lines: run('a', raised('ValueError: before')) }],
    want: { state: 'failed', type: 'ValueError', message: 'before' },
  },
  {
    name: 'late-and-on-small-pages',
    source: 'the same, and late; of our own',
    paging: { events: 2 },
    runs: [{ late: { 0: 4, 1: 4, 2: 4, 3: 4 }, lines: run('a', raised('ValueError: seen late')) }],
    want: { state: 'failed', type: 'ValueError', message: 'seen late' },
  },
]);
