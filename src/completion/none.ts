import type { Channel } from './channel.ts';

/** Follows nothing: an invocation succeeds when Lambda has accepted it, as in Airflow's own operator. */
export const none: Channel = {
  name: 'none',
  invocationTypes: ['RequestResponse', 'Event', 'DryRun'],
  defaultFor: ['DryRun'],
  traits: { seesKilledFunction: true, settlesDoubt: false, withoutResult: false, needsEnvelope: false },
  readAnswer: ({ requestId, executedVersion }) => ({
    state: 'succeeded',
    ...(requestId === undefined ? {} : { requestId }),
    ...(executedVersion === undefined ? {} : { executedVersion }),
  }),
};
