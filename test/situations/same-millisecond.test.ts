/** Runs whose lines all have one timestamp, so only their order tells what is what. */
import { inJson, JAVA, jsonRun, NODE, nodeError, PYTHON, pythonRecord, raised, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';
import { OK } from './wants.ts';

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
  {
    name: 'node-within-one-millisecond',
    source: 'the same in Node; of our own',
    config: NODE,
    runs: [
      {
        step: 0,
        lines: run(
          `${TIME}\t{ID}\tINFO\tplain line`,
          nodeError({ errorType: 'TypeError', errorMessage: 'same ms', stack: ['TypeError: same ms'] }),
        ),
      },
    ],
    want: { state: 'failed', type: 'TypeError', message: 'same ms', proof: 'runtime_record' },
  },
  {
    name: 'java-within-one-millisecond',
    source: 'the same in Java, where a stack trace is many events; of our own',
    config: JAVA,
    runs: [
      {
        step: 0,
        lines: run(
          'plain line',
          'same ms: ex.App$MyErr',
          'ex.App$MyErr: same ms',
          '\tat ex.App.handleRequest(App.java:10)',
        ),
      },
    ],
    want: { state: 'failed', type: 'ex.App$MyErr', message: 'same ms', proof: 'runtime_record' },
  },
  {
    name: 'java-success-within-one-millisecond',
    source: 'the same, and the runs beside it in that millisecond fail; of our own',
    config: JAVA,
    runs: [{ step: 0, lines: run('plain line', 'logger line') }],
    want: OK,
  },
  {
    name: 'json-within-one-millisecond',
    source: 'the same in JSON format; of our own',
    config: inJson(PYTHON),
    runs: [{ step: 0, lines: jsonRun('plain line', pythonRecord('ValueError', 'same ms')) }],
    want: { state: 'failed', type: 'ValueError', message: 'same ms', proof: 'runtime_record' },
  },
  {
    name: 'json-record-before-start-in-one-millisecond',
    source: 'the same, and the record of the error comes before START; of our own',
    config: inJson(PYTHON),
    runs: [{ step: 0, lines: [pythonRecord('ValueError', 'before START'), ...jsonRun('plain line')] }],
    want: { state: 'failed', type: 'ValueError', message: 'before START', proof: 'runtime_record' },
  },
]);
