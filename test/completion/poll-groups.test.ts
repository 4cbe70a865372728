import { expect, it } from 'vitest';
import { pollGroups } from '../../src/completion/poll-groups.ts';
import { BridgeError, Unavailable } from '../../src/domain/errors.ts';
import { openEvent } from './logs/log-group.ts';

const failing = (error: Error) => () => Promise.reject(error);
const [good, broken, away] = [openEvent(), openEvent(), openEvent()];
const found = { attempt: good, type: 'ended', outcome: { state: 'succeeded' } } as const;

it('one place that cannot be looked at hides nothing of the others', async () => {
  const places = [
    { attempts: [broken], poll: failing(new BridgeError('logs_failed', 502, 'It refuses.')) },
    { attempts: [away], poll: failing(new Unavailable('logs_unavailable', 'It is away.')) },
    { attempts: [good], poll: async () => [found] },
  ];
  expect(await pollGroups(places)).toEqual([
    { attempt: broken, type: 'not_yet', warning: { code: 'logs_failed', message: 'It refuses.' } },
    { attempt: away, type: 'not_yet' },
    found,
  ]);
});

it('says that it could not look when no place can be looked at', async () => {
  const error = new Unavailable('logs_unavailable', 'It is away.');
  const places = [broken, away].map((attempt) => ({ attempts: [attempt], poll: failing(error) }));
  await expect(pollGroups(places)).rejects.toBe(error);
});

it('tells what somebody must mend also where there is no other place', async () => {
  const refused = { attempts: [broken], poll: failing(new BridgeError('logs_failed', 502, 'It refuses.')) };
  expect(await pollGroups([refused])).toEqual([
    { attempt: broken, type: 'not_yet', warning: { code: 'logs_failed', message: 'It refuses.' } },
  ]);
});
