/** Ends that the log alone does not prove: traces, and the policy. */
import { CUSTOM, run } from './lines.ts';
import { situations } from './run-situations.ts';
import type { Situation } from './situation.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:';
const TRACED = { ...CUSTOM, TracingConfig: { Mode: 'Active' } };

/** Lambda's segment of an event with its first run, and the segment of the run itself. */
function segments(name: string, more: object = {}): NonNullable<Situation['traces']> {
  return ({ requestId, root, at }) => [
    {
      id: '5f8d1a23aa89bd66',
      name,
      trace_id: root,
      start_time: at - 1,
      end_time: at - 0.9,
      http: { response: { status: 202 } },
      aws: { request_id: requestId },
      origin: 'AWS::Lambda',
      resource_arn: ARN + name,
      subsegments: [
        { id: '7f27e935214d0df0', name: 'Dwell Time', start_time: at - 1, end_time: at - 0.9 },
        {
          id: '695ea167ab53c291',
          name: 'Attempt #1',
          start_time: at - 0.9,
          end_time: at - 0.1,
          http: { response: { status: 200 } },
        },
      ],
    },
    {
      id: '03e476fc59b9eec1',
      name,
      trace_id: root,
      parent_id: '5f8d1a23aa89bd66',
      start_time: at - 0.8,
      end_time: at - 0.2,
      origin: 'AWS::Lambda::Function',
      resource_arn: ARN + name,
      ...more,
    },
  ];
}

situations('ends that a second proof tells', [
  {
    name: 'traced-success',
    source: 'awslabs/aws-iatk internal/pkg/xray for the segments; of our own',
    config: TRACED,
    traces: segments('traced-success'),
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'trace' },
  },
  {
    name: 'traced-failure',
    source: 'the same, with the exception of the function; of our own',
    config: TRACED,
    traces: segments('traced-failure', {
      fault: true,
      cause: { exceptions: [{ id: '1', type: 'MyErr', message: 'boom' }] },
    }),
    runs: [{ lines: run('works') }],
    want: { state: 'failed', proof: 'trace', type: 'MyErr', message: 'boom' },
  },
]);

situations('ends that nothing proves', [
  {
    name: 'unproven-fail',
    source: 'function policy unproven: fail; of our own',
    config: CUSTOM,
    policy: { unproven: 'fail' },
    runs: [{ lines: run('works') }],
    want: { state: 'failed', kind: 'lost', proof: 'assumed', warnings: ['end_not_proven'] },
  },
]);
