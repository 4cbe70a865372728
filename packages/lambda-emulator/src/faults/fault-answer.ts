/** Applies an injected fault to the answer of an Invoke request. */
import { AwsError, throttled } from '../api/aws-error.ts';
import type { Answer } from '../model.ts';
import type { FaultPlan } from './fault-planner.ts';

const GATEWAY_PAGE = Buffer.from(
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n',
);

/** @param serve runs the function or queues the event, and returns the answer without a fault */
export async function answerWithFault(plan: FaultPlan, serve: () => Promise<Answer>): Promise<Answer> {
  switch (plan.fault) {
    case 'throttle':
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    case 'reset_before':
      return { status: 0, delivery: 'reset' };
    case 'reset_after':
      return { ...(await serve()), delivery: 'reset' };
    case 'half_open':
      return { ...(await serve()), delivery: 'silent' };
    case 'cut_short':
      return { ...(await serve()), delivery: 'cut_short' };
    case 'gateway_502':
      if (plan.functionRuns) await serve();
      // The answer comes from a proxy in front of Lambda, so it has no request id.
      return {
        status: 502,
        headers: { 'Content-Type': 'text/html' },
        body: GATEWAY_PAGE,
        withoutRequestId: true,
      };
    case 'internal_500':
      if (plan.functionRuns) await serve();
      throw new AwsError(500, 'ServiceException', 'An error occurred and the request cannot be processed.');
    default:
      return serve();
  }
}
