/** Pages without events, and tokens that lead nowhere. `/logs` reads 20 pages, and says no sooner than that it is complete. */
import { raised, run } from './lines.ts';
import { situations } from './run-situations.ts';

const TOKEN =
  'boto/boto3#4258, convox/rack#3299: FilterLogEvents gives a nextToken with every answer, also where nothing follows';
const EMPTY = 'brendanhay/amazonka#296: a large group, many empty pages come first';
const ERROR = raised('ValueError: a handled exception');

situations('pages without events', [
  {
    name: 'always-a-token',
    source: TOKEN,
    paging: { alwaysToken: true },
    runs: [{ lines: run('works', ERROR) }],
    want: { state: 'failed', type: 'ValueError', message: 'a handled exception', logs: 'unchecked' },
  },
  {
    name: 'always-a-token-and-success',
    source: `${TOKEN}; of our own`,
    paging: { alwaysToken: true },
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'silence', logs: 'unchecked' },
  },
  {
    name: 'always-a-token-and-late',
    source: `${TOKEN}; of our own`,
    alone: true,
    paging: { alwaysToken: true },
    runs: [{ late: { 0: 6, 1: 6, 2: 6 }, lines: run(ERROR) }],
    want: { state: 'failed', type: 'ValueError', logs: 'unchecked' },
  },
  {
    name: 'empty-pages-first',
    source: `${EMPTY}: 250`,
    paging: { emptyHead: 250 },
    runs: [{ lines: run('works', ERROR) }],
    want: { state: 'failed', type: 'ValueError', message: 'a handled exception' },
  },
  {
    name: 'empty-pages-first-and-success',
    source: `${EMPTY}: 60; of our own`,
    paging: { emptyHead: 60 },
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'empty-pages-last',
    source: `${EMPTY}; here after the events; of our own`,
    paging: { emptyTail: 250 },
    runs: [{ lines: run('works', ERROR) }],
    want: { state: 'failed', type: 'ValueError', message: 'a handled exception', logs: 'unchecked' },
  },
  {
    name: 'empty-pages-first-and-last',
    source: `${EMPTY}, and small pages; of our own`,
    paging: { emptyHead: 25, emptyTail: 25, events: 2 },
    runs: [{ lines: run('works', ERROR) }],
    want: { state: 'failed', type: 'ValueError' },
  },
]);
