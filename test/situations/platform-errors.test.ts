/** Errors that the platform reports: crashes, time, memory, answers too large. */
import { CUSTOM, end, errorReport, NODE, report, run, start, TIME, unreported } from './lines.ts';
import { situations } from './run-situations.ts';

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
          ...unreported(
            TOO_LARGE,
            'Traceback (most recent call last):',
            '  File "/var/runtime/bootstrap.py", line 63, in main',
            'RuntimeError: Failed to post invocation response',
            EXIT('exit status 1'),
          ),
          errorReport('Runtime.ExitError'),
        ],
      },
    ],
    want: { state: 'failed', type: 'Runtime.ExitError', message: /exit status 1|payload size/ },
  },
  {
    name: 'python-answer-too-large-without-status',
    source: 'the same where REPORT has no status; of our own',
    runs: [{ lines: [...unreported(TOO_LARGE, EXIT('exit status 1')), report()] }],
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
          ...unreported(EXIT('signal: killed')),
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
          ...unreported(
            'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
            EXIT('signal: aborted (core dumped)'),
          ),
          errorReport('Runtime.ExitError'),
        ],
      },
    ],
    want: { state: 'failed', kind: 'out_of_memory' },
  },
  {
    name: 'custom-runtime-exits',
    source: 'a bootstrap that ends with the handler; of our own',
    config: CUSTOM,
    runs: [{ lines: [...unreported(EXIT('exit status 2')), report()] }],
    want: { state: 'failed', type: 'Runtime.ExitError', message: 'exit status 2' },
  },
]);
