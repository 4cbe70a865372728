/**
 * Segment documents with the members and the number format that AWS writes. Their shape is that of public captures: a held
 * invocation and an event in awslabs/aws-iatk (internal/pkg/xray), a failed run as the runtimes describe it in the header
 * Lambda-Runtime-Function-XRay-Error-Cause.
 */

export const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:report';
export const ROOT = '1-6937b2f2-02e095f7341508e00b9b6d2b';
/** epoch seconds, as X-Ray writes times */
export const AT = 1_790_000_000;

type Extra = Record<string, unknown>;

/** Lambda's own segment of a held invocation. */
export function invocation(extra: Extra = {}): Extra {
  return {
    id: '5f8d1a23aa89bd66',
    name: 'report',
    start_time: AT,
    trace_id: ROOT,
    end_time: AT + 2,
    http: { response: { status: 200 } },
    aws: { request_id: 'r1' },
    origin: 'AWS::Lambda',
    resource_arn: ARN,
    ...extra,
  };
}

/** Lambda's own segment of an event, which ends when the event is accepted. */
export function event(attempts: Extra[], extra: Extra = {}): Extra {
  const dwell = { id: '7f27e935214d0df0', name: 'Dwell Time', start_time: AT, end_time: AT + 0.045 };
  return invocation({
    end_time: AT + 0.015,
    http: { response: { status: 202 } },
    subsegments: [dwell, ...attempts],
    ...extra,
  });
}

export function attempt(number: number, start: number, extra: Extra = {}): Extra {
  return {
    id: `695ea167ab53c29${number}`,
    name: `Attempt #${number}`,
    start_time: AT + start,
    end_time: AT + start + 2,
    http: { response: { status: 200 } },
    ...extra,
  };
}

/** The segment of the run itself; an `Invocation` in it may have calls of the function. */
export function run(start: number, extra: Extra = {}): Extra {
  return {
    id: `03e476fc59b9eec${start % 10}`,
    name: 'report',
    start_time: AT + start + 0.022835,
    trace_id: ROOT,
    end_time: AT + start + 1.5,
    parent_id: '5f8d1a23aa89bd66',
    aws: { account_id: '123456789012', function_arn: ARN, resource_names: ['report'] },
    origin: 'AWS::Lambda::Function',
    subsegments: [
      { id: '8a2b10d894511fc9', name: 'Initialization', start_time: AT - 1, end_time: AT },
      { id: '9a00f74249b3df61', name: 'Invocation', start_time: AT + start, end_time: AT + start + 1.5 },
    ],
    ...extra,
  };
}

export const CAUSE = {
  working_directory: '/var/task',
  exceptions: [
    {
      id: 'c7b5d62a9f6b3e21',
      type: 'ValueError',
      message: 'told to fail',
      stack: [{ label: 'handler', path: '/var/task/app.py', line: 8 }],
    },
  ],
  paths: ['/var/task/app.py'],
};

export const FAILED = { fault: true, cause: CAUSE };
