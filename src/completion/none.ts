import type { Channel } from './channel.ts';

/** Follows nothing: an accepted invocation counts as succeeded, as in Airflow's own operator. */
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
