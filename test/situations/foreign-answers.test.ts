/** Answers of Invoke that Lambda did not give. */
import { raised, run } from './lines.ts';
import { situations } from './run-situations.ts';
import type { InvokeResponse } from './situation.ts';
import { DOUBT, IN_DOUBT } from './wants.ts';

const LOGIN =
  '<html><head><title>Network login</title></head><body>Please sign in to use the proxy</body></html>';
const foreign = (status: number, body: string | object, contentType = 'text/html'): InvokeResponse[] => [
  { status, body, contentType, foreign: true, started: false },
];
const PORTAL = 'a captive portal or proxy answers in place of Lambda: aws/aws-sdk-js-v3#3820';

situations('answers that Lambda did not give', [
  {
    name: 'foreign-202',
    source: PORTAL,
    answers: foreign(202, LOGIN),
    want: IN_DOUBT,
  },
  {
    name: 'html-502',
    source: PORTAL,
    type: 'RequestResponse',
    answers: foreign(502, '<html><body>502 Bad Gateway</body></html>'),
    want: IN_DOUBT,
  },
  {
    name: 'foreign-200',
    source: `${PORTAL}; of our own`,
    type: 'RequestResponse',
    answers: foreign(200, LOGIN),
    want: IN_DOUBT,
  },
  {
    name: 'foreign-200-of-json',
    source: `${PORTAL}; of our own`,
    type: 'RequestResponse',
    answers: foreign(200, { status: 'maintenance' }, 'application/json'),
    want: IN_DOUBT,
  },
  {
    name: 'foreign-404',
    source: `${PORTAL}; docs/completion-channels.md, "In doubt"; of our own`,
    answers: foreign(404, '<html><body>404 Not Found</body></html>'),
    want: IN_DOUBT,
  },
  {
    name: 'foreign-403',
    source: `${PORTAL}; the same; of our own`,
    type: 'RequestResponse',
    answers: foreign(403, '<html><body>Blocked by policy</body></html>'),
    want: IN_DOUBT,
  },
  {
    name: 'foreign-500-of-json',
    source: `${PORTAL}; of our own`,
    answers: foreign(500, { message: 'upstream error' }, 'application/json'),
    want: IN_DOUBT,
  },
  {
    name: 'html-503-without-id',
    source: `${PORTAL}; of our own`,
    answers: foreign(503, '<html><body>503 Service Unavailable</body></html>'),
    want: IN_DOUBT,
  },
]);

const GATEWAY =
  "docs/completion-channels.md: an untyped 5xx leaves open whether the function ran, whoever's it is";
const html = (status: number, started = false): InvokeResponse[] => [
  { status, body: `<html><body>${status}</body></html>`, contentType: 'text/html', started },
];

situations('answers of Lambda that are HTML, with its request id', [
  {
    name: 'html-502-of-lambda',
    source: `${PORTAL}; ${GATEWAY}`,
    type: 'RequestResponse',
    answers: html(502),
    want: IN_DOUBT,
  },
  {
    name: 'html-504-of-lambda-to-an-event',
    source: `${GATEWAY}; of our own`,
    answers: html(504),
    want: IN_DOUBT,
  },
  {
    name: 'html-502-of-lambda-and-the-function-fails',
    source: `${GATEWAY}; the log has the request id of the answer; of our own`,
    type: 'RequestResponse',
    answers: html(502, true),
    runs: [{ lines: run(raised('ValueError: for all that')) }],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'for all that',
      proof: 'runtime_record',
      execution: { ...DOUBT, settled_by: 'logs' },
    },
  },
  {
    name: 'html-500-of-lambda-and-the-event-succeeds',
    source: `${GATEWAY}; the same; of our own`,
    answers: html(500, true),
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'silence', execution: { ...DOUBT, settled_by: 'logs' } },
  },
  {
    name: 'html-404-of-lambda',
    source: 'docs/completion-channels.md: any other 4xx of Lambda started nothing; of our own',
    type: 'RequestResponse',
    answers: html(404),
    want: { state: 'failed', kind: 'invoke_rejected' },
  },
]);
