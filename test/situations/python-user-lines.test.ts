/** What Python functions log themselves and what only looks like the record of their runtime. Lambda says that all succeeded. */
import { run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';
import { OK } from './wants.ts';

situations('lines of Python functions', [
  {
    name: 'python-logging-error',
    source: "Lambda's own formatter of Python's logging writes a tab; of our own",
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `[ERROR]\t${TIME}\t{ID}\tupload failed\nTraceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler\n    raise\nValueError: caught`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'python-print-exc',
    source: 'traceback.print_exc() of a caught exception; of our own',
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          'Traceback (most recent call last):',
          '  File "/var/task/app.py", line 3, in handler',
          "    int('x')",
          "ValueError: invalid literal for int() with base 10: 'x'",
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'python-print-exc-in-one-event',
    source: 'print(traceback.format_exc()); of our own',
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          'Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler\n    int(\'x\')\nValueError: caught\n',
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'python-own-format',
    source: "logging.Formatter('[%(levelname)s] %(message)s') and logger.exception; of our own",
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          '[ERROR] UploadFailed: disk full\nTraceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler\n    raise OSError(text)\nOSError: disk full',
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'python-own-format-without-trace',
    source: 'the same with logger.error; of our own',
    eventInvoke: 'default',
    runs: [{ lines: run('[ERROR] ValueError: row 3 skipped', '[ERROR] KeyError', 'done') }],
    want: OK,
  },
  {
    name: 'python-prints-a-node-error',
    source: 'a Python function that prints the log of a Node function; of our own',
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"x","stack":[]}`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'python-prints-records-at-error',
    source: 'a logger that writes JSON in text format; of our own',
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          '{"timestamp": "2026-11-26T23:54:53Z", "level": "ERROR", "errorMessage": "x", "errorType": "ValueError", "requestId": "{ID}", "stackTrace": []}',
        ),
      },
    ],
    want: OK,
  },
]);
