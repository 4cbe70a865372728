/** When the logs channel wants to poll, and in which order. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { OpenAttempt } from '../../../src/domain/execution.ts';
import { endsIn } from '../findings.ts';
import { BEGIN, endLine, line, openEvent, reportLine, startLogGroup } from './log-group.ts';

const start = (after: number, requestId: string, stream?: string) =>
  line(after, `START RequestId: ${requestId} Version: $LATEST`, stream);
/** A run that has failed. */
const failed = (after: number, requestId: string, stream = 's') => [
  start(after, requestId, stream),
  line(after + 1, '[ERROR] ValueError: bad\nTraceback (most recent call last):\n', stream),
  endLine(after + 2, requestId, stream),
  reportLine(after + 2, requestId, 2, '', stream),
];
/** So old that Lambda does not run a failed event again. */
const OLD = { ageSeconds: 30_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: BEGIN + 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

async function logGroup(...args: Parameters<typeof startLogGroup>) {
  const group = await startLogGroup(...args);
  onTestFinished(group.stop);
  const next = (attempt: OpenAttempt, polledAt = attempt.ageSeconds) =>
    group.channel.nextPoll?.(attempt, polledAt, 1);
  return { ...group, next };
}

describe('the next poll of the logs channel', () => {
  it('comes when no more lines of a run can become visible, where only that is missing', async () => {
    const attempt = openEvent({ ageSeconds: 1 });
    const silent = [start(0, 'r1'), endLine(20, 'r1'), reportLine(20, 'r1', 20)];
    const { channel, next } = await logGroup(silent, { lateLinesMs: 5_000 });
    await channel.poll?.([attempt]);
    expect(next(attempt)).toBeGreaterThan(5.5);
    expect(next(attempt)).toBeLessThanOrEqual(6.1);
    vi.setSystemTime(BEGIN + 6_001);
    expect(next({ ...attempt, ageSeconds: 6 })).toBe(6);
  });

  it('comes by the age of the attempt, where a run is known that does not decide, or an answer was lost', async () => {
    const attempt = openEvent({ ageSeconds: 1 });
    const { channel, next } = await logGroup(failed(0, 'r1'));
    await channel.poll?.([attempt]);
    expect(next(attempt)).toBeUndefined();
    expect(next(openEvent({ requestId: null, phase: 'in_doubt' }))).toBeUndefined();
  });

  it('comes when runs of the function usually end, once some have been seen', async () => {
    const lines = [1, 2, 3].flatMap((n) => failed(600_000 + n, `ended${n}`, `s${n}`));
    const { channel, next } = await logGroup(lines);
    const young = openEvent({ requestId: 'r9' });
    const before = next(young, 100);
    vi.setSystemTime(BEGIN + 605_000);
    const ended = [1, 2, 3].map((n) => openEvent({ requestId: `ended${n}`, ageSeconds: 605 }));
    await channel.poll?.(ended);
    expect(before).toBeLessThan(115);
    expect(next(young, 100)).toBeGreaterThan(150);
    expect(next(young, 450)).toBeLessThan(500);
    expect(next(openEvent({ function: 'other', requestId: 'r9' }), 100)).toBe(before);
  });

  it.each([
    ['later', BEGIN + 4_000],
    ['earlier', BEGIN - 1_000_000],
  ])('does not believe a clock by which the attempt began much %s', async (_, startedAt) => {
    const lines: ReturnType<typeof line>[] = [];
    const { channel, next } = await logGroup(lines);
    const attempt = (ageSeconds: number) => openEvent({ ageSeconds, startedAt: new Date(startedAt) });
    await channel.poll?.([attempt(600)]);
    lines.push(...failed(700, 'r1'));
    await channel.poll?.([attempt(601)]);
    // A fourth before the end that was seen between both polls.
    expect(next(openEvent({ requestId: 'r9' }), 430)).toBeGreaterThan(479);
    expect(next(openEvent({ requestId: 'r9' }), 430)).toBeLessThan(482);
  });
});

it('one search serves every function of a shared log group, and one read their runs', async () => {
  const configuration = { LoggingConfig: { LogGroup: 'shared' } };
  const streams = ['2026/07/01/fn[$LATEST]1', '2026/07/01/other[$LATEST]2'];
  const lines = [...failed(0, 'r1', streams[0]), ...failed(100, 'r2', streams[1])];
  const { channel, calls } = await logGroup(lines, { configuration });
  const attempts = [
    openEvent(OLD),
    openEvent({ ...OLD, function: 'other', requestId: 'r2' }),
    openEvent({ ...OLD, function: 'third', requestId: 'r3' }),
  ];
  const groups = await Promise.all(attempts.map((attempt) => channel.groupOf?.(attempt)));
  expect(new Set(groups)).toEqual(new Set(['shared']));
  const findings = await channel.poll?.(attempts);
  expect(endsIn(findings ?? [])).toHaveLength(2);
  expect(calls()).toBe(2);
});
