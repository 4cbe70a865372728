/** What the clients of Python and Node write of a handler that failed or succeeded, in text logs. */
import { NODE, nodeError, raised, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';

const PYTHON_CLIENT = 'written by awslambdaric for python3.13';
const NODE_CLIENT = 'written by aws-lambda-ric for nodejs22.x';

situations('errors in the words of Python', [
  {
    name: 'python-chained-beyond-ascii',
    source: PYTHON_CLIENT,
    runs: [
      {
        lines: run(
          'plain line',
          `[WARNING]\t${TIME}\t{ID}\twarn line`,
          raised(
            'Prüffehler: ä',
            '  File "/var/task/app.py", line 9, in handler\n    except ZeroDivisionError as e: raise Prüffehler(\'ä\') from e',
          ),
        ),
      },
    ],
    want: { state: 'failed', type: 'Prüffehler', message: 'ä', proof: 'runtime_record' },
  },
  {
    name: 'python-without-message',
    source: PYTHON_CLIENT,
    runs: [
      {
        lines: run(
          'plain line',
          `[WARNING]\t${TIME}\t{ID}\twarn line`,
          raised('KeyError', '  File "/var/task/app.py", line 13, in handler\n    raise KeyError()'),
        ),
      },
    ],
    want: { state: 'failed', type: 'KeyError', proof: 'runtime_record' },
  },
  {
    name: 'python-class-beyond-ascii',
    source: 'PEP 3131 allows such names; DataBiosphere/azul#5582 for the form',
    runs: [{ lines: run(raised('Prüffehler: kaputt')) }],
    want: { state: 'failed', type: 'Prüffehler', message: 'kaputt' },
  },
  {
    name: 'python-class-in-japanese',
    source: 'PEP 3131; of our own',
    runs: [{ lines: run('処理中', raised('検証エラー: 値がありません')) }],
    want: { state: 'failed', type: '検証エラー', message: '値がありません' },
  },
  {
    name: 'python-class-of-a-module',
    source: 'botocore.errorfactory classes are dynamic; of our own',
    runs: [{ lines: run(raised('Straßenfehler_2: zu lang: 3 > 2')) }],
    want: { state: 'failed', type: 'Straßenfehler_2', message: 'zu lang: 3 > 2' },
  },
  {
    name: 'python-message-of-many-lines',
    source: `${PYTHON_CLIENT}: no-break spaces indent the trace`,
    runs: [
      {
        lines: run(
          raised(
            'ValueError: first\nsecond\n\nfourth',
            '\u00a0\u00a0File "/var/task/app.py", line 6, in handler\n\u00a0\u00a0\u00a0\u00a0raise ValueError(text)',
          ),
        ),
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'first\nsecond\n\nfourth' },
  },
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
    name: 'python-succeeds',
    source: PYTHON_CLIENT,
    runs: [{ lines: run('plain line', `[WARNING]\t${TIME}\t{ID}\twarn line`) }],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'python-logs-nothing',
    source: 'a function without any line of its own; of our own',
    runs: [{ lines: run() }],
    want: { state: 'succeeded', proof: 'silence' },
  },
]);

situations('errors in the words of Node', [
  {
    name: 'node-throws-a-string',
    source: NODE_CLIENT,
    config: NODE,
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tINFO\tplain line`,
          `${TIME}\t{ID}\tERROR\tInvoke Error { errorType: 'Fake' }`,
          nodeError({
            errorType: 'Error',
            errorMessage: 'just a string',
            stack: ['Error: just a string', '    at Object.intoError (file:///var/task/index.mjs:27:16)'],
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'Error', message: 'just a string', proof: 'runtime_record' },
  },
  {
    name: 'node-cannot-write-its-answer',
    source: `${NODE_CLIENT}: a circular answer`,
    config: NODE,
    runs: [
      {
        lines: run(
          nodeError({
            errorType: 'Runtime.UnhandledPromiseRejection',
            errorMessage: 'Unable to stringify response body',
            stack: ['Error'],
          }),
        ),
      },
    ],
    want: { state: 'failed', message: 'Unable to stringify response body' },
  },
  {
    name: 'node-class-beyond-ascii',
    source: 'ECMAScript allows such names; of our own',
    config: NODE,
    runs: [{ lines: run(nodeError({ errorType: 'Größenfehler', errorMessage: 'zu groß', stack: ['x'] })) }],
    want: { state: 'failed', type: 'Größenfehler', message: 'zu groß' },
  },
  {
    name: 'node-uncaught-exception',
    source: `${NODE_CLIENT}: thrown outside the handler's promise`,
    config: NODE,
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tUncaught Exception \t${JSON.stringify({ errorType: 'TypeError', errorMessage: 'late', stack: ['TypeError: late'] })}`,
        ),
      },
    ],
    want: { state: 'failed', type: 'TypeError', message: 'late' },
  },
  {
    name: 'node-succeeds',
    source: NODE_CLIENT,
    config: NODE,
    runs: [{ lines: run(`${TIME}\t{ID}\tINFO\tplain line`) }],
    want: { state: 'succeeded', proof: 'silence' },
  },
]);
