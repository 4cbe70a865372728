/** What the client of Python writes of a handler that failed or succeeded, in text logs. */
import { raised, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';

const PYTHON_CLIENT = 'written by awslambdaric for python3.13';

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
  {
    name: 'python-class-beyond-ascii-without-message',
    source: `${PYTHON_CLIENT}; of our own`,
    runs: [{ lines: run(raised('Prüffehler')) }],
    want: { state: 'failed', type: 'Prüffehler', proof: 'runtime_record' },
  },
  {
    name: 'python-empty-message-after-a-logged-error',
    source: 'a caught error is logged in the same form first; of our own',
    runs: [{ lines: run('[ERROR] KeyError', raised('AssertionError')) }],
    want: { state: 'failed', type: 'AssertionError', proof: 'runtime_record' },
  },
  {
    name: 'python-exception-group',
    source: `${PYTHON_CLIENT}: of a group only its own trace is written; of our own`,
    runs: [{ lines: run(raised('ExceptionGroup: several (2 sub-exceptions)')) }],
    want: { state: 'failed', type: 'ExceptionGroup', message: 'several (2 sub-exceptions)' },
  },
  {
    name: 'python-chained-with-the-same-words',
    source: `${PYTHON_CLIENT}: the trace quotes the source line, which names another error; of our own`,
    runs: [
      {
        lines: run(
          raised(
            'OrderError: incomplete',
            '  File "/var/task/app.py", line 9, in handler\n    raise OrderError("incomplete") from KeyError("[ERROR] KeyError: x")',
          ),
        ),
      },
    ],
    want: { state: 'failed', type: 'OrderError', message: 'incomplete', proof: 'runtime_record' },
  },
]);
