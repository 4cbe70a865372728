import { afterEach, expect, it, vi } from 'vitest';
import type { LogReader } from '../../src/aws/log-reader.ts';
import { ReportScan } from '../../src/completion/report-scan.ts';
import { BEGIN, line, openEvent, reportLine, startLogGroup } from './log-group.ts';

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

it('goes on after more reports than a read holds, however close they lie, and gives nothing up before', async () => {
  const others = Array.from({ length: 50_000 }, (_, at) => reportLine(at, `other-${at}`, 1));
  const { channel } = await logGroup([
    ...others,
    line(50_000, 'START RequestId: r1 Version: $LATEST'),
    reportLine(50_010, 'r1', 10),
  ]);
  const attempt = openEvent({ lastPoll: true });
  expect(await channel.poll?.([attempt])).toEqual([{ attempt, type: 'not_yet' }]);
  expect(await channel.poll?.([attempt])).toMatchObject([{ attempt, outcome: { state: 'succeeded' } }]);
});

it('waits for no more where a read came no further, among very many lines of others', async () => {
  const { timestamp, message, eventId: id } = reportLine(1_000, 'of somebody else', 10);
  const found = { id, stream: 's', timestamp, ingestionTime: timestamp, message };
  const cutOff = { filter: async () => ({ type: 'events', events: [found], truncated: true }) };
  const scan = new ReportScan(cutOff as unknown as LogReader, 'group');
  expect(await scan.since(BEGIN)).toMatchObject({ more: true });
  expect(await scan.since(BEGIN)).toMatchObject({ more: false });
});
