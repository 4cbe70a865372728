/** What functions of other runtimes log themselves and what only looks like the record of their runtime. Lambda says that all succeeded. */
import { CUSTOM, JAVA, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';
import { OK, OPEN } from './wants.ts';

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
    want: { ...OPEN, endsWithWindow: true },
  },
  {
    name: 'rust-logs-an-error-of-another-span',
    source: 'tracing::error! outside the span of the invocation; of our own',
    config: CUSTOM,
    eventInvoke: 'default',
    runs: [{ lines: run(`${TIME} ERROR my_app::upload: Lambda runtime invoke failed`) }],
    want: { ...OPEN, endsWithWindow: true },
  },
]);
