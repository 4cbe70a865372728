/** Lines between START and REPORT that become visible after both: CloudWatch promises no order. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { outcomeIn } from '../findings.ts';
import { BEGIN, endLine, line, openEvent, reportLine, startLogGroup } from './log-group.ts';

/** So old that Lambda does not run a failed event again. */
const attempt = openEvent({ ageSeconds: 30_000 });
const start = line(0, 'START RequestId: r1 Version: $LATEST');
const error = line(10, '[ERROR] ValueError: late\nTraceback (most recent call last):\n');
const silent = [start, endLine(20, 'r1'), reportLine(20, 'r1', 20)];
const configuration = { Runtime: 'python3.13' };
const at = (ms: number) => vi.setSystemTime(BEGIN + ms);

let stop = async () => {};
async function logGroup(lines: ReturnType<typeof line>[]) {
  const group = await startLogGroup(lines, { configuration, lateLinesMs: 5_000 });
  stop = group.stop;
  return group;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: BEGIN + 1_000 });
});
afterEach(async () => {
  vi.useRealTimers();
  await stop();
  vi.unstubAllEnvs();
});

it('a log without an error proves success only when no line of the run can still become visible', async () => {
  const { channel } = await logGroup(silent);
  expect(await channel.poll?.([attempt])).toEqual([{ attempt, type: 'not_yet' }]);
  at(6_000);
  expect(outcomeIn(await channel.poll?.([attempt]))).toMatchObject({ state: 'succeeded', proof: 'silence' });
});

it('an error that becomes visible after START, END and REPORT is the end of the run', async () => {
  const lines = [...silent];
  const { channel } = await logGroup(lines);
  expect(await channel.poll?.([attempt])).toEqual([{ attempt, type: 'not_yet' }]);
  lines.splice(1, 0, error);
  at(6_000);
  expect(outcomeIn(await channel.poll?.([attempt]))).toMatchObject({
    state: 'failed',
    error: { type: 'ValueError' },
  });
});

it('a failure is reported at once', async () => {
  const { channel } = await logGroup([start, error, ...silent.slice(1)]);
  expect(outcomeIn(await channel.poll?.([attempt]))).toMatchObject({ error: { type: 'ValueError' } });
});

it('a run is not read again before its lines can have come, and not given up on the last poll', async () => {
  const { channel, searches } = await logGroup(silent);
  await channel.poll?.([attempt]);
  const before = searches.length;
  const last = { ...attempt, lastPoll: true };
  expect(await channel.poll?.([last])).toEqual([{ attempt: last, type: 'not_yet' }]);
  expect(searches.length).toBe(before + 1);
});

it('a second report is no part of the first run as long as the START of a retry may come', async () => {
  const lines = [start, error, endLine(20, 'r1'), reportLine(20, 'r1', 20), reportLine(300, 'r1', 290)];
  const { channel } = await logGroup(lines);
  expect(await channel.poll?.([attempt])).toEqual([{ attempt, type: 'not_yet' }]);
  lines.splice(4, 0, line(100, 'START RequestId: r1 Version: $LATEST'), endLine(300, 'r1'));
  at(11_000);
  const outcome = outcomeIn(await channel.poll?.([attempt]));
  expect(outcome).toMatchObject({ state: 'succeeded', deliveries: 2 });
});
