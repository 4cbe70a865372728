/** Runs whose lines all have one timestamp, so only their order tells what is what. */
import { raised, run } from './lines.ts';
import { situations } from './run-situations.ts';

situations('lines of one millisecond', [
  {
    name: 'python-within-one-millisecond',
    source: 'floci-io/floci#1584: the order of lines of one millisecond',
    runs: [{ step: 0, lines: run('SEQ-0', 'SEQ-1', 'SEQ-2', raised('ValueError: same ms')) }],
    want: { state: 'failed', type: 'ValueError', message: 'same ms' },
  },
  {
    name: 'python-many-lines-in-one-millisecond',
    source: 'the same, with lines that sort differently as text; of our own',
    runs: [
      {
        step: 0,
        lines: run(...Array.from({ length: 150 }, (_, at) => `row ${150 - at}`), raised('OSError: at last')),
      },
    ],
    want: { state: 'failed', type: 'OSError' },
  },
]);
