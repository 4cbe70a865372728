import type { Channel } from './channel.ts';

/** No completion at all: what Lambda accepted counts as succeeded, as in Airflow's own operator. */
export const none: Channel = {
  name: 'none',
  invocationTypes: ['RequestResponse', 'Event', 'DryRun'],
  defaultFor: ['DryRun'],
  seesKilledFunction: true,
  settlesDoubt: false,
  readReply: ({ requestId, executedVersion }) => ({
    state: 'succeeded',
    ...(requestId === undefined ? {} : { requestId }),
    ...(executedVersion === undefined ? {} : { executedVersion }),
  }),
};
