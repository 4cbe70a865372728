/** Environments that could not be initialized, in the words of the platform and of the runtime. */
import { CUSTOM, errorReport, JAVA, report, run, TIME, unreported } from './lines.ts';
import { situations } from './run-situations.ts';

const FORMAT =
  'RequestId: {ID} Error: fork/exec /var/task/bootstrap: exec format error\nRuntime.InvalidEntrypoint';
const initReport = (phase: string, type: string) =>
  `INIT_REPORT Init Duration: 1.49 ms\tPhase: ${phase}\tStatus: error\tError Type: ${type}`;

situations('initializations that failed', [
  {
    name: 'entrypoint-without-status',
    source: 'aws/aws-lambda-go#554; ed-roh/learning-management#9',
    alone: true,
    runs: [
      {
        lines: [
          initReport('init', 'Runtime.InvalidEntrypoint'),
          initReport('invoke', 'Runtime.InvalidEntrypoint'),
          ...unreported(FORMAT),
          report(),
        ],
      },
    ],
    want: { state: 'failed', type: 'Runtime.InvalidEntrypoint', message: 'exec format error' },
  },
  {
    name: 'entrypoint-with-status',
    source: 'nishidemasami/contactform-api#29',
    alone: true,
    runs: [{ lines: [...unreported(FORMAT), errorReport('Runtime.InvalidEntrypoint')] }],
    want: { state: 'failed', type: 'Runtime.InvalidEntrypoint', message: 'exec format error' },
  },
  {
    name: 'entrypoint-of-a-custom-runtime',
    source: 'the same in provided.al2023; of our own',
    config: CUSTOM,
    alone: true,
    runs: [
      {
        lines: [
          ...unreported(
            "RequestId: {ID} Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]\nRuntime.InvalidEntrypoint",
          ),
          report(),
        ],
      },
    ],
    want: { state: 'failed', type: 'Runtime.InvalidEntrypoint', message: 'valid bootstrap' },
  },
  {
    name: 'entrypoint-of-an-image',
    source: 'AWS docs, troubleshooting-images; of our own',
    config: { PackageType: 'Image' },
    alone: true,
    runs: [
      {
        lines: [
          ...unreported(
            'RequestId: {ID} Error: fork/exec /entry.sh: no such file or directory\nRuntime.InvalidEntrypoint',
          ),
          errorReport('Runtime.InvalidEntrypoint'),
        ],
      },
    ],
    want: { state: 'failed', type: 'Runtime.InvalidEntrypoint', message: '/entry.sh: no such file' },
  },
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
