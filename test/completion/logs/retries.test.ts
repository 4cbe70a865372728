/** What Lambda's own retries of an event prove of its runs. */
import { afterEach, expect, it, vi } from 'vitest';
import { outcomeIn } from '../findings.ts';
import { BEGIN, endLine, line, openEvent, reportLine, startLogGroup } from './log-group.ts';

const MINUTE = 60_000;
const attempt = openEvent();
const run = (at: number) => [
  line(at, 'START RequestId: r1 Version: $LATEST'),
  endLine(at + 10, 'r1'),
  reportLine(at + 10, 'r1', 10),
];

let stop = async () => {};
afterEach(async () => {
  vi.useRealTimers();
  await stop();
  vi.unstubAllEnvs();
});

async function pollAt(ms: number, lines: ReturnType<typeof line>[], Runtime = 'provided.al2023') {
  vi.useFakeTimers({ toFake: ['Date'], now: BEGIN + ms });
  const group = await startLogGroup(lines, { configuration: { Runtime } });
  stop = group.stop;
  const found = await group.channel.poll?.([attempt]);
  await stop();
  return found;
}

it('an end that nothing proves is assumed only when Lambda would have run the event again', async () => {
  expect(await pollAt(MINUTE, run(1_000))).toEqual([{ attempt, type: 'not_yet' }]);
  const assumed = { state: 'succeeded', proof: 'assumed', deliveries: 1 };
  expect(outcomeIn(await pollAt(2 * MINUTE, run(1_000)))).toMatchObject(assumed);
});

it('a second run shows that the first failed, so the wait begins anew, and a third ends it', async () => {
  const two = [...run(1_000), ...run(MINUTE)];
  expect(await pollAt(2 * MINUTE, two)).toEqual([{ attempt, type: 'not_yet' }]);
  const three = [...two, ...run(3 * MINUTE)];
  expect(outcomeIn(await pollAt(4 * MINUTE, three))).toMatchObject({ proof: 'assumed', deliveries: 3 });
});
