import { afterEach, expect, it, vi } from 'vitest';
import type { LogReader } from '../../../src/aws/log-reader.ts';
import { ReportScan } from '../../../src/completion/logs/report-scan.ts';
import { BEGIN, endLine, line, openEvent, reportLine, startLogGroup } from './log-group.ts';

const MINUTE = 60_000;
let stop = async () => {};
afterEach(async () => {
  await stop();
  vi.unstubAllEnvs();
});

async function logGroup(lines: ReturnType<typeof line>[]) {
  const group = await startLogGroup(lines);
  stop = group.stop;
  return group;
}

it('reads what is new only, also where attempts of different age are looked at by turns', async () => {
  const lines = [reportLine(20 * MINUTE, 'of somebody else', 10)];
  const { channel, searches } = await logGroup(lines);
  const old = openEvent({ requestId: 'old' });
  const young = openEvent({ requestId: 'young', startedAt: new Date(BEGIN + 21 * MINUTE) });
  await channel.poll?.([old, young]);
  await channel.poll?.([young]);
  await channel.poll?.([old]);
  expect(searches).toEqual([-5_000, 18 * MINUTE, 18 * MINUTE]);
});

it('reads nothing for a durable execution, whose end no report tells', async () => {
  const { channel, searches } = await logGroup([]);
  const durable = openEvent({ durableExecutionArn: 'arn', completion: ['logs', 'durable'] });
  expect(await channel.poll?.([durable])).toEqual([]);
  expect(searches).toEqual([]);
  expect(await channel.poll?.([{ ...durable, completion: ['logs'] }])).toMatchObject([
    { warning: { code: 'durable_not_logged' } },
  ]);
});

it('keeps the report of an older attempt while only younger ones are looked at', async () => {
  const { channel } = await logGroup([
    line(1_000, 'START RequestId: old Version: $LATEST'),
    endLine(20 * MINUTE, 'old'),
    reportLine(20 * MINUTE, 'old', 20 * MINUTE - 1_000),
    reportLine(30 * MINUTE, 'of somebody else', 10),
  ]);
  const old = openEvent({ requestId: 'old' });
  const waiting = openEvent({ requestId: 'waiting' });
  const young = openEvent({ requestId: 'young', startedAt: new Date(BEGIN + 25 * MINUTE) });
  await channel.poll?.([waiting]);
  await channel.poll?.([young]);
  expect(await channel.poll?.([old])).toMatchObject([{ attempt: old, outcome: { state: 'succeeded' } }]);
});

it('goes on with the next poll after more pages than one poll reads, and gives nothing up before', async () => {
  const lines = [
    line(50_000, 'START RequestId: r1 Version: $LATEST'),
    endLine(50_010, 'r1'),
    reportLine(50_010, 'r1', 10),
  ];
  const group = await startLogGroup(lines, { emptyPages: 15 });
  stop = group.stop;
  const attempt = openEvent({ lastPoll: true });
  const found = [];
  while (found.length < 10 && found.at(-1)?.[0]?.type !== 'ended')
    found.push((await group.channel.poll?.([attempt])) ?? []);
  expect(found.length).toBeGreaterThan(2);
  expect(found.slice(0, -1)).toEqual(found.slice(1).map(() => [{ attempt, type: 'not_yet' }]));
  expect(found.at(-1)).toMatchObject([{ attempt, outcome: { state: 'succeeded' } }]);
});

it('takes a read for over after a thousand empty pages, although every answer has a token', async () => {
  const endless = {
    filter: async (_query: object, { pages }: { pages: number }) => ({
      type: 'events',
      events: [],
      pages,
      nextToken: 'more',
    }),
  };
  const scan = new ReportScan(endless as unknown as LogReader, 'group');
  const more: boolean[] = [];
  while (more.length < 200 && more.at(-1) !== false) {
    const found = await scan.since(BEGIN);
    if ('more' in found) more.push(found.more);
  }
  expect(more.length).toBeGreaterThan(100);
  expect(more.at(-1)).toBe(false);
});

it('searches from the beginning on the last poll, for a report that came long after those that follow it', async () => {
  const lines = [reportLine(30 * MINUTE, 'of somebody else', 10)];
  const { channel } = await logGroup(lines);
  const attempt = openEvent();
  expect(await channel.poll?.([attempt])).toEqual([]);
  lines.unshift(
    line(1_000, 'START RequestId: r1 Version: $LATEST'),
    endLine(1_010, 'r1'),
    reportLine(1_010, 'r1', 10),
  );
  expect(await channel.poll?.([attempt])).toEqual([]);
  const last = { ...attempt, lastPoll: true };
  expect(await channel.poll?.([last])).toMatchObject([{ type: 'ended', outcome: { state: 'succeeded' } }]);
});

it('does not wait for the run of a report that another run has printed', async () => {
  const { channel } = await logGroup([
    line(1_000, 'START RequestId: other Version: $LATEST'),
    reportLine(1_010, 'r1', 10),
    endLine(1_020, 'other'),
    reportLine(1_020, 'other', 20),
  ]);
  expect(await channel.poll?.([openEvent({ lastPoll: true })])).toEqual([]);
});
