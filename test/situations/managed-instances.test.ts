/** Managed Instances run several invocations at once in one environment, so their lines interleave. */
import { CHILD, CUSTOM, inJson, jsonReport, jsonStart, platform, pythonRecord, record } from './lines.ts';
import { situations } from './run-situations.ts';

const PYTHON = { Runtime: 'python3.13' };
const LMI = 'AWS docs: Python runtime for Lambda Managed Instances (interleaving, JSON only)';
const ARN = {
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:f',
  version: '$LATEST.PUBLISHED',
};
const managed = (group: string) => ({
  ...inJson(PYTHON, { LogGroup: group }),
  Timeout: 5_400,
});
const published = [{ status: 202, headers: { 'x-amz-executed-version': '$LATEST.PUBLISHED' } }];
const info = (message: string, requestId: string) => record({ level: 'INFO', message, requestId });

situations('Managed Instances', [
  {
    name: 'lmi-interleaved',
    source: LMI,
    config: managed('/custom/app-logs#1/lmi'),
    answers: published,
    alone: true,
    runs: [
      {
        lines: [
          jsonStart('{ID}', ARN),
          jsonStart(CHILD, ARN),
          info('mine 1', '{ID}'),
          info('other 1', CHILD),
          'print of the other one',
          jsonReport({ status: 'success' }, CHILD),
          'print of mine',
          info('mine 2', '{ID}'),
          jsonReport(),
        ],
      },
    ],
    want: {
      state: 'succeeded',
      proof: 'report_status',
      logs: [jsonStart('{ID}', ARN), info('mine 1', '{ID}'), info('mine 2', '{ID}'), jsonReport()],
    },
  },
  {
    name: 'lmi-other-fails',
    source: `${LMI}; of our own`,
    config: managed('/custom/lmi-2'),
    answers: published,
    alone: true,
    runs: [
      {
        lines: [
          jsonStart(CHILD, ARN),
          jsonStart('{ID}', ARN),
          pythonRecord('KeyError', 'of the other one', CHILD),
          jsonReport({ status: 'error', errorType: 'KeyError' }, CHILD),
          jsonReport(),
        ],
      },
    ],
    want: { state: 'succeeded', logs: [jsonStart('{ID}', ARN), jsonReport()] },
  },
  {
    name: 'lmi-ours-fails',
    source: `${LMI}; Managed Instances say error; of our own`,
    config: managed('/custom/lmi-3'),
    answers: published,
    alone: true,
    runs: [
      {
        lines: [
          jsonStart('{ID}', ARN),
          jsonStart(CHILD, ARN),
          pythonRecord('ValueError', 'ours'),
          jsonReport({ status: 'success' }, CHILD),
          jsonReport({ status: 'error', errorType: 'ValueError' }),
        ],
      },
    ],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'ours',
      logs: [
        jsonStart('{ID}', ARN),
        pythonRecord('ValueError', 'ours'),
        jsonReport({ status: 'error', errorType: 'ValueError' }),
      ],
    },
  },
  {
    name: 'lmi-silent-of-a-custom-runtime',
    source: `${LMI}; platform lines of other types between; of our own`,
    config: { ...managed('/custom/lmi-4'), ...CUSTOM },
    answers: published,
    alone: true,
    runs: [
      { lines: [jsonStart('{ID}', ARN), platform('telemetrySubscription', { name: 'agent' }), jsonReport()] },
    ],
    want: { state: 'succeeded', proof: 'report_status', logs: [jsonStart('{ID}', ARN), jsonReport()] },
  },
]);

const NUMBERED = { ...ARN, version: '7' };
const numbered = (group: string) => ({
  ...managed(group),
  CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: 'arn' } },
});
const executed = [{ status: 202, headers: { 'x-amz-executed-version': '7' } }];

situations('Managed Instances of a numbered version', [
  {
    name: 'lmi-numbered-beside-a-longer-run',
    source: `${LMI}; another run begins before ours and ends after it; of our own`,
    config: numbered('/custom/lmi-numbered-1'),
    answers: executed,
    alone: true,
    runs: [
      {
        lines: [
          jsonStart(CHILD, NUMBERED),
          jsonStart('{ID}', NUMBERED),
          jsonReport(),
          jsonReport({ status: 'success' }, CHILD),
        ],
      },
    ],
    want: { state: 'succeeded', proof: 'report_status', logs: [jsonStart('{ID}', NUMBERED), jsonReport()] },
  },
  {
    name: 'lmi-numbered-beside-an-earlier-run',
    source: `${LMI}; another run begins and ends before ours does; of our own`,
    config: numbered('/custom/lmi-numbered-2'),
    answers: executed,
    alone: true,
    runs: [
      {
        lines: [
          jsonStart(CHILD, NUMBERED),
          jsonStart('{ID}', NUMBERED),
          info('secret of the other', CHILD),
          jsonReport({ status: 'success' }, CHILD),
          jsonReport(),
        ],
      },
    ],
    want: { state: 'succeeded', proof: 'report_status', logs: [jsonStart('{ID}', NUMBERED), jsonReport()] },
  },
]);
