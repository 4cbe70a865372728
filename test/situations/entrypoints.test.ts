/** Functions whose entry point could not be started, in the words of the platform. */
import { CUSTOM, errorReport, initReport, report, unreported } from './lines.ts';
import { situations } from './run-situations.ts';

const FORMAT =
  'RequestId: {ID} Error: fork/exec /var/task/bootstrap: exec format error\nRuntime.InvalidEntrypoint';

situations('entry points that could not be started', [
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
]);
