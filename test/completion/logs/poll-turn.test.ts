import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FunctionFacts } from '../../../src/aws/function-reader.ts';
import { PollTimes } from '../../../src/completion/logs/poll-times.ts';
import { PollTurn } from '../../../src/completion/logs/poll-turn.ts';
import type { OpenAttempt } from '../../../src/domain/execution.ts';
import { openEvent } from './log-group.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const facts = {} as FunctionFacts;

/** A group whose attempts are polled for the first time, or again. */
function polledGroup(times: PollTimes, attempts: OpenAttempt[], lastPolledSecondsAgo?: number) {
  const turn = new PollTurn(times);
  const members = attempts.map((attempt) => ({ attempt, facts }));
  if (lastPolledSecondsAgo !== undefined) {
    turn.begin([], undefined);
    turn.seenAll();
    vi.advanceTimersByTime(lastPolledSecondsAgo * 1_000);
  }
  turn.begin(members, undefined);
  return turn;
}

it('a group with a young attempt comes before one with old ones, that come the nearer the longer they wait', () => {
  const times = new PollTimes();
  const old = polledGroup(times, [openEvent({ ageSeconds: 600 }), openEvent({ ageSeconds: 500 })], 15);
  const young = polledGroup(times, [openEvent({ ageSeconds: 1 })]);
  const before = old.scan.rank();
  expect(young.scan.rank()).toBeGreaterThan(before);
  vi.advanceTimersByTime(15_000);
  expect(old.scan.rank()).toBeGreaterThan(1.5 * before);
});

it('the first poll of an old attempt, as after a restart, does not come before those of young ones', () => {
  const times = new PollTimes();
  const [old, young] = [openEvent({ ageSeconds: 600 }), openEvent({ ageSeconds: 0.5 })];
  expect(polledGroup(times, [old]).scan.rank()).toBeLessThan(polledGroup(times, [young]).scan.rank());
});

it('a group comes first when its function usually ends now, or only time was missing', () => {
  const times = new PollTimes();
  for (const age of [590, 600, 610]) times.learn('due', age);
  const due = polledGroup(times, [openEvent({ function: 'due', ageSeconds: 620 })], 15);
  const unknown = polledGroup(times, [openEvent({ ageSeconds: 620 })], 15);
  expect(due.scan.rank()).toBeGreaterThan(3 * unknown.scan.rank());
  const known = openEvent({ ageSeconds: 620 });
  times.note(known, { wholeFrom: 0 });
  expect(polledGroup(times, [known], 15).scan.rank()).toBe(1);
});

it('each further page of a poll comes later, and a page that may bring an end sooner', () => {
  const turn = polledGroup(new PollTimes(), [openEvent({ ageSeconds: 600 })], 15);
  const first = turn.scan.rank();
  turn.scan.passed();
  expect(turn.scan.rank()).toBeCloseTo(first / 2);
  expect(turn.runs.rank()).toBeCloseTo(1 / 2);
});
