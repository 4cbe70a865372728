/** Environments that could not be initialized, in the words of the platform and of the runtime. */
import { errorReport, initReport, JAVA, NODE, nodeError, report, run, TIME, unreported } from './lines.ts';
import { situations } from './run-situations.ts';
import { OK } from './wants.ts';

situations('initializations that failed', [
  {
    name: 'import-error-with-status',
    source: 'a captured log, 2026-04 (public repository, cif-portal-search-dev)',
    alone: true,
    runs: [
      {
        lines: [
          `[WARNING]\t${TIME}\t\tLAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code.`,
          "[ERROR] Runtime.ImportModuleError: Unable to import module 'search': No module named 'search'\nTraceback (most recent call last):",
          initReport('invoke', 'Runtime.ImportModuleError'),
          ...unreported(),
          errorReport('Runtime.ImportModuleError'),
        ],
      },
    ],
    want: { state: 'failed', type: 'Runtime.ImportModuleError', message: "No module named 'search'" },
  },
  {
    name: 'node-syntax-error-with-status',
    source: 'the record of aws-lambda-ric, which has no request id yet; of our own',
    config: NODE,
    alone: true,
    runs: [
      {
        lines: [
          nodeError(
            {
              errorType: 'Runtime.UserCodeSyntaxError',
              errorMessage: "SyntaxError: Unexpected token ';'",
              stack: ["Runtime.UserCodeSyntaxError: SyntaxError: Unexpected token ';'"],
            },
            'undefined',
          ).replace('Invoke Error', 'Uncaught Exception'),
          initReport('invoke', 'Runtime.UserCodeSyntaxError'),
          ...unreported(),
          errorReport('Runtime.UserCodeSyntaxError'),
        ],
      },
    ],
    want: { state: 'failed', type: 'Runtime.UserCodeSyntaxError', message: "Unexpected token ';'" },
  },
  {
    name: 'import-error-of-an-earlier-environment',
    source: 'only the first environment could not import it, and Lambda retried; of our own',
    eventInvoke: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 3_600 },
    alone: true,
    runs: [
      {
        lines: [
          initReport('invoke', 'Runtime.ImportModuleError'),
          ...unreported(),
          errorReport('Runtime.ImportModuleError'),
        ],
      },
      { stream: 'new', afterSearches: 3, lines: run('works') },
    ],
    want: { ...OK, deliveries: 2 },
  },
  {
    name: 'init-error-in-init-report-alone',
    source: 'the same where REPORT has no status; of our own',
    alone: true,
    runs: [{ lines: [initReport('invoke', 'Runtime.UserCodeSyntaxError'), ...unreported(), report()] }],
    want: { state: 'failed', type: 'Runtime.UserCodeSyntaxError' },
  },
  {
    name: 'init-error-that-passed',
    source:
      'AWS docs, lambda-runtime-environment: a failed init phase is run again with the invocation; of our own',
    alone: true,
    runs: [{ lines: [initReport('init', 'Runtime.ExitError'), ...run('works the second time')] }],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'init-timeout',
    source: 'the same page: INIT_REPORT with Status: timeout; of our own',
    config: JAVA,
    alone: true,
    runs: [
      {
        lines: [
          'INIT_REPORT Init Duration: 9999.87 ms\tPhase: init\tStatus: timeout',
          'INIT_REPORT Init Duration: 3000.12 ms\tPhase: invoke\tStatus: timeout',
          ...unreported(),
          report('Status: timeout'),
        ],
      },
    ],
    want: { state: 'failed', kind: 'timed_out' },
  },
]);
