/** Logs with more lines than a read may cost. */
import { randomUUID } from 'node:crypto';
import { childRun, inGroup, inJson, jsonReport, jsonStart, raised, report, run } from './lines.ts';
import { situations } from './run-situations.ts';

const FLOOD =
  'Financial-Times/dotcom-reliability-kit#726: a catch block logs something huge, then comes the error';

situations('floods of lines', [
  {
    name: 'flood-of-12000-then-raise',
    source: `${FLOOD}; 12,000 lines in one millisecond`,
    runs: [{ step: 0, flood: 12_000, lines: run('{FLOOD}', raised('ValueError: after the flood')) }],
    want: { state: 'failed', type: 'ValueError', message: 'after the flood' },
  },
  {
    name: 'flood-of-20000-then-raise',
    source: `${FLOOD}; of our own`,
    runs: [{ step: 0, flood: 20_000, lines: run('{FLOOD}', raised('ValueError: after the flood')) }],
    want: { state: 'failed', type: 'ValueError', message: 'after the flood' },
  },
  {
    name: 'flood-then-success',
    source: `${FLOOD}, and the end is good; of our own`,
    runs: [{ step: 0, flood: 20_000, lines: run('{FLOOD}') }],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'flood-before-our-run',
    source: `${FLOOD}, in the run before in the same environment; of our own`,
    alone: true,
    runs: [
      { step: 0, flood: 20_000, lines: childRun('{FLOOD}') },
      { lines: run(raised('ValueError: ours')) },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'ours' },
  },
  {
    name: 'flood-after-our-run',
    source: `${FLOOD}, in the run after in the same environment; of our own`,
    alone: true,
    runs: [
      { lines: run(raised('ValueError: ours')) },
      { step: 0, flood: 20_000, lines: childRun('{FLOOD}') },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'ours' },
  },
  {
    name: 'flood-of-large-lines',
    source: `${FLOOD}; of our own`,
    runs: [
      {
        step: 0,
        lines: run(...Array<string>(60).fill('{BIG}'), raised('ValueError: after 15 MB')),
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'after 15 MB' },
  },
  {
    name: 'flood-in-json-format',
    source: `${FLOOD}; Lambda says success; of our own`,
    config: inJson({ Runtime: 'python3.13' }),
    runs: [
      {
        step: 0,
        flood: 20_000,
        lines: [
          jsonStart(),
          '{FLOOD}',
          '{"level": "ERROR", "errorMessage": "x", "errorType": "ValueError", "requestId": "{ID}", "stackTrace": []}',
          jsonReport(),
        ],
      },
    ],
    want: { state: 'failed', type: 'ValueError' },
  },
  {
    name: 'flood-of-reports',
    source: `${FLOOD}; a busy log group, 20,000 other runs end before ours; of our own`,
    config: inGroup('/app/busy'),
    runs: [
      {
        step: 0,
        stream: 'busy',
        owner: 'busy',
        lines: Array.from({ length: 20_000 }, () => report('', randomUUID())),
      },
      { lines: run(raised('ValueError: among many')) },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'among many' },
  },
  {
    name: 'flood-of-another-function',
    source: `${FLOOD}; in the same log group, with our request id; of our own`,
    config: inGroup('/app/chatty'),
    runs: [
      {
        step: 0,
        stream: 'chatty',
        owner: 'chatty',
        lines: childRun(...Array<string>(12_000).fill('request {ID} was seen')),
      },
      { lines: run(raised('ValueError: not theirs')) },
    ],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'not theirs',
      logs: run(raised('ValueError: not theirs')),
    },
  },
]);
