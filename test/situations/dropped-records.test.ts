/** Floods of lines behind the record of an error, which must not push it out of what the reader holds. */
import {
  CHILD,
  end,
  inJson,
  JAVA,
  jsonReport,
  jsonStart,
  PYTHON,
  pythonRecord,
  record,
  report,
  run,
  start,
  TIME,
} from './lines.ts';
import { situations } from './run-situations.ts';

const AFTER = 'an extension or a background thread logs on after the error; of our own';
const RECORD = record({
  message: 'boom: ex.MyErr\nex.MyErr: boom\n\tat ex.App.handleRequest(App.java:34)\n\n',
  level: 'ERROR',
  AWSRequestId: '{ID}',
});
const flood = (...lines: string[]) => [{ step: 0, flood: 20_000, lines }];

situations('floods of lines behind an error', [
  {
    name: 'flood-behind-a-json-error-of-java',
    source: AFTER,
    config: inJson(JAVA),
    runs: flood(jsonStart(), RECORD, '{FLOOD}', jsonReport()),
    want: { state: 'failed', type: 'ex.MyErr', message: 'boom' },
  },
  {
    name: 'flood-behind-an-unusable-handler-of-java',
    source: AFTER,
    config: JAVA,
    runs: flood(
      ...run('No public method named x with appropriate method signature found on class ex.App', '{FLOOD}'),
    ),
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'flood-behind-a-timeout-without-status',
    source: AFTER,
    runs: flood(start(), `${TIME} {ID} Task timed out after 3.00 seconds\n`, '{FLOOD}', end(), report()),
    want: { state: 'failed', kind: 'timed_out' },
  },
  {
    name: 'flood-behind-a-cut-line',
    source: `${AFTER}. What the line lost may be the error`,
    runs: flood(...run(`{BIG}${'x'.repeat(200)}`, '{FLOOD}')),
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
]);

const UUID = '7c0e5d3a-1111-4222-8333-944455556666';

situations('floods of lines in the next run', [
  {
    name: 'flood-of-the-next-run-behind-an-error-with-an-id',
    source: 'a busy, chatty function; the message names the id of an order; of our own',
    config: inJson(PYTHON),
    alone: true,
    runs: [
      { lines: [jsonStart(), pythonRecord('ValueError', `order ${UUID} not found`), jsonReport()] },
      {
        step: 0,
        flood: 20_000,
        lines: [jsonStart(CHILD), '{FLOOD}', jsonReport({ status: 'success' }, CHILD)],
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: UUID },
  },
]);
