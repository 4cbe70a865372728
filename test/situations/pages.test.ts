/** Pages without events, tokens that lead nowhere, and pages that hold only a part of a run. `/logs` reads 20 pages, and says no sooner than that it is complete. */
import { HELD } from './answers.ts';
import { end, raised, report, run, start, xray } from './lines.ts';
import { situations } from './run-situations.ts';
import { DOUBT } from './wants.ts';

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

const traced = [start(), ERROR, end(), report(xray())];

situations('lost answers in groups of many pages', [
  {
    ...HELD,
    name: 'lost-and-always-a-token',
    source: `${TOKEN}; of our own`,
    paging: { alwaysToken: true },
    runs: [{ lines: traced }],
    want: { state: 'failed', type: 'ValueError', execution: DOUBT, logs: 'unchecked' },
  },
  {
    ...HELD,
    name: 'lost-and-empty-pages-first',
    source: `${EMPTY}; of our own`,
    paging: { emptyHead: 25 },
    runs: [{ lines: traced }],
    want: { state: 'failed', type: 'ValueError', execution: DOUBT, logs: 'unchecked' },
  },
]);
