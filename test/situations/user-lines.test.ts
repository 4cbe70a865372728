/** What functions log themselves and what only looks like the record of their runtime. Lambda says that all succeeded. */
import { CUSTOM, JAVA, NODE, raised, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';

const BOTS = 'medplum/medplum, the wrapper of its streaming Lambda bots';
const OK = { state: 'succeeded', proof: 'silence', deliveries: 1 } as const;
const OPEN = { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] } as const;
const UNHANDLED = [
  `${TIME}\t{ID}\tINFO\tUnhandled error: x`,
  `${TIME}\t{ID}\tERROR\tInvoke Error {"errorType":"TypeError","errorMessage":"x is not defined","stack":["TypeError: x is not defined"]}`,
];

situations('lines of Node functions', [
  { name: 'user-invoke-error', source: BOTS, config: NODE, runs: [{ lines: run(...UNHANDLED) }], want: OK },
  {
    name: 'user-invoke-error-with-retries',
    source: `${BOTS}, with Lambda's default of two retries`,
    config: NODE,
    eventInvoke: 'default',
    runs: [{ lines: run(...UNHANDLED) }],
    want: OK,
  },
  {
    name: 'user-invoke-error-as-object',
    source: `${BOTS}; console.error('Invoke Error', object); of our own`,
    config: NODE,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tInvoke Error {\n  errorType: 'TypeError',\n  errorMessage: 'x is not defined'\n}`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'user-logs-an-error',
    source: 'console.error(error), as every tutorial does; of our own',
    config: NODE,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tTypeError: caught\n    at Runtime.handler (file:///var/task/index.mjs:3:9)`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'user-logs-a-rejection',
    source: "process.on('unhandledRejection', …) that logs; of our own",
    config: NODE,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tUnhandled Promise Rejection {"errorType":"Runtime.UnhandledPromiseRejection"}`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'user-prints-a-python-error',
    source: 'a Node function that runs Python as a child process; of our own',
    config: NODE,
    eventInvoke: 'default',
    runs: [{ lines: run(raised('ValueError: in the child process')) }],
    want: OK,
  },
]);

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

situations('lines of other functions', [
  {
    name: 'java-print-stack-trace',
    source: 'exception.printStackTrace() of a caught exception; of our own',
    config: JAVA,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          'java.lang.RuntimeException: caught',
          '\tat example.Handler.handleRequest(Handler.java:9)',
          'Caused by: java.io.IOException: inner',
          '\t... 5 more',
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'java-logs-message-and-type',
    source: 'a logger that writes MESSAGE: TYPE; of our own',
    config: JAVA,
    eventInvoke: 'default',
    runs: [{ lines: run('skipped row 3: java.lang.NumberFormatException', 'done') }],
    want: OK,
  },
  {
    name: 'go-logs-an-error-and-goes-on',
    source: 'log.Println of the payload of a function that it called; of our own',
    config: CUSTOM,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          '2026/11/27 00:03:46 {"errorMessage":"of the child","errorType":"KeyError"}',
          '2026/11/27 00:03:46 goes on',
        ),
      },
    ],
    want: OPEN,
  },
  {
    name: 'rust-logs-an-error-of-another-span',
    source: 'tracing::error! outside the span of the invocation; of our own',
    config: CUSTOM,
    eventInvoke: 'default',
    runs: [{ lines: run(`${TIME} ERROR my_app::upload: Lambda runtime invoke failed`) }],
    want: OPEN,
  },
]);
