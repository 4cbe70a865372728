/** Answers of Invoke that Lambda did not give. */
import { situations } from './run-situations.ts';
import type { InvokeResponse } from './situation.ts';
import { IN_DOUBT } from './wants.ts';

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
]);
