/** Errors that the platform reports: crashes, time, memory, answers too large, extensions. And its other lines. */
import { CUSTOM, end, JAVA, NODE, raised, report, run, start, TIME, xray } from './lines.ts';
import { situations } from './run-situations.ts';

const failed = (...lines: string[]) => [start(), ...lines, end()];
const status = (type: string) => report(`Status: error\tError Type: ${type}`);
const EXIT = (how: string) => `RequestId: {ID} Error: Runtime exited with error: ${how}\nRuntime.ExitError`;
const TOO_LARGE =
  '[ERROR] [1764102960370] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413. {"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}';

situations('runs that the platform ended', [
  {
    name: 'python-answer-too-large',
    source: 'DataBiosphere/azul#7466 (2026-09)',
    runs: [
      {
        lines: [
          ...failed(
            TOO_LARGE,
            'Traceback (most recent call last):',
            '  File "/var/runtime/bootstrap.py", line 63, in main',
            'RuntimeError: Failed to post invocation response',
            EXIT('exit status 1'),
          ),
          status('Runtime.ExitError'),
        ],
      },
    ],
    want: { state: 'failed', type: 'Runtime.ExitError', message: /exit status 1|payload size/ },
  },
  {
    name: 'python-answer-too-large-without-status',
    source: 'the same where REPORT has no status; of our own',
    runs: [{ lines: [...failed(TOO_LARGE, EXIT('exit status 1')), report()] }],
    want: { state: 'failed', kind: 'function_error', message: /exit status 1|payload size/ },
  },
  {
    name: 'node-answer-too-large',
    source: 'AWS docs, gettingstarted-limits: 6 MB; Node logs it as its own error; of our own',
    config: NODE,
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tInvoke Error \t{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","stack":["Error"]}`,
        ),
      },
    ],
    want: { state: 'failed', type: 'Function.ResponseSizeTooLarge', message: 'Response payload size' },
  },
  {
    name: 'timeout-with-status',
    source: 'AWS docs, monitoring-cloudwatchlogs-logformat; of our own',
    runs: [
      {
        lines: [
          start(),
          'row 1',
          `${TIME} {ID} Task timed out after 3.00 seconds\n`,
          end(),
          report('Status: timeout'),
        ],
      },
    ],
    want: { state: 'failed', kind: 'timed_out' },
  },
  {
    name: 'timeout-after-report',
    source: 'older Lambda writes the cause after REPORT; of our own',
    runs: [{ lines: [...run('row 1'), `${TIME} {ID} Task timed out after 3.00 seconds\n`] }],
    want: { state: 'failed', kind: 'timed_out', logs: 'unchecked' },
  },
  {
    name: 'out-of-memory',
    source: 'repost.aws lambda-troubleshoot-out-of-memory; of our own',
    runs: [
      {
        lines: [
          ...failed(EXIT('signal: killed')),
          'REPORT RequestId: {ID}\tDuration: 900.00 ms\tBilled Duration: 900 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.ExitError',
        ],
      },
    ],
    want: { state: 'failed', kind: 'out_of_memory' },
  },
  {
    name: 'node-heap-limit',
    source: 'nodejs.org, understanding-and-tuning-memory; of our own',
    config: NODE,
    runs: [
      {
        lines: [
          ...failed(
            'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
            EXIT('signal: aborted (core dumped)'),
          ),
          status('Runtime.ExitError'),
        ],
      },
    ],
    want: { state: 'failed', kind: 'out_of_memory' },
  },
  {
    name: 'custom-runtime-exits',
    source: 'a bootstrap that ends with the handler; of our own',
    config: CUSTOM,
    runs: [{ lines: [...failed(EXIT('exit status 2')), report()] }],
    want: { state: 'failed', type: 'Runtime.ExitError', message: 'exit status 2' },
  },
]);

situations('extensions, restored snapshots, traces and tenants', [
  {
    name: 'extension-crash',
    source: 'AWS docs, runtimes-extensions-api: Extension.Crash; of our own',
    runs: [
      {
        lines: [
          ...failed(
            'EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]',
            'RequestId: {ID} Error: exit code 1\nExtension.Crash',
          ),
          status('Extension.Crash'),
        ],
      },
    ],
    want: { state: 'failed', type: 'Extension.Crash' },
  },
  {
    name: 'extension-crash-without-status',
    source: 'the same where REPORT has no status; of our own',
    config: NODE,
    runs: [{ lines: [...failed('RequestId: {ID} Error: exit code 2\nExtension.Crash'), report()] }],
    want: { state: 'failed', type: 'Extension.Crash', message: 'exit code 2' },
  },
  {
    name: 'extension-logs-an-error',
    source: 'an extension writes into the log of the run; of our own',
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          'EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE]',
          '[agent] {"level":"error","errorType":"ValueError","errorMessage":"endpoint refused"}',
          '[ERROR] ConnectionError: collector down',
          'Traceback (most recent call last):',
          '  File "/opt/extensions/agent.py", line 3',
          'ConnectionError: collector down',
        ),
      },
    ],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'snapstart-xray-tenant',
    source: 'AWS docs: SnapStart, X-Ray, tenant isolation',
    alone: true,
    runs: [
      {
        lines: [
          'RESTORE_START Runtime Version: java:21.v30',
          'RESTORE_REPORT Restore Duration: 591.68 ms',
          'START RequestId: {ID} Version: 7 TenantId: blue',
          'x',
          end(),
          `REPORT RequestId: {ID}\tDuration: 300.11 ms\tBilled Duration: 388 ms\tMemory Size: 512 MB\tMax Memory Used: 180 MB\tRestore Duration: 591.68 ms\tBilled Restore Duration: 87 ms\t${xray('1-5759e988-bd862e3fe1be46a994272793')}`,
        ],
      },
    ],
    want: {
      state: 'succeeded',
      proof: 'silence',
      execution: { billing: { duration_ms: 300.11, billed_ms: 388, memory_mb: 512, max_memory_mb: 180 } },
    },
  },
  {
    name: 'snapstart-then-raise',
    source: 'the same, and the handler fails; of our own',
    config: JAVA,
    alone: true,
    runs: [
      {
        lines: [
          'RESTORE_START Runtime Version: java:21.v30',
          'RESTORE_REPORT Restore Duration: 591.68 ms',
          'START RequestId: {ID} Version: 7',
          'x: java.lang.RuntimeException\njava.lang.RuntimeException: x\n\tat ex.App.handleRequest(App.java:9)\n',
          end(),
          report('Restore Duration: 591.68 ms\tBilled Restore Duration: 87 ms\t'),
        ],
      },
    ],
    want: { state: 'failed', type: 'java.lang.RuntimeException' },
  },
  {
    name: 'xray-and-tenant-then-raise',
    source: 'the same in Python; of our own',
    runs: [
      {
        lines: [
          'START RequestId: {ID} Version: $LATEST TenantId: blue',
          raised('ValueError: of the tenant'),
          end(),
          report(xray()),
        ],
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'of the tenant' },
  },
]);
