import { describe, expect, it } from 'vitest';
import { AttemptPolls } from '../../../src/lifecycle/follow/attempt-polls.ts';
import { openEvent } from '../../completion/logs/log-group.ts';
import { pollingChannel, TRAITS } from './watched.ts';

const whole = pollingChannel('whole', async () => []);
const bare = pollingChannel('bare', async () => [], { traits: { ...TRAITS, withoutResult: true } });
const attempt = openEvent();
const last = { ...attempt, lastPoll: true };

function taken(from = attempt, channels = [whole, bare]) {
  const polls = new AttemptPolls(from);
  polls.take(from, channels);
  return polls;
}

function pollOf(polls: AttemptPolls, channel: typeof whole, isAnswered = true): void {
  const polled = polls.begin(channel);
  polls.end(channel, { attempt: polled, isAnswered, findings: [] });
}

function holdEnd(polls: AttemptPolls): void {
  const polled = polls.begin(bare);
  const finding = { attempt: polled, type: 'ended', outcome: { state: 'succeeded' } } as const;
  polls.hold(bare, finding);
  polls.end(bare, { attempt: polled, isAnswered: true, findings: [finding] });
}

describe('an end without result', () => {
  it('waits for a poll of a channel with results that began as late, also where that fails', () => {
    const polls = taken();
    polls.begin(whole);
    polls.take(attempt, [whole, bare]);
    holdEnd(polls);
    polls.end(whole, { attempt, isAnswered: true, findings: [] });
    expect(polls.takeEnds()).toEqual([]);
    pollOf(polls, whole, false);
    expect(polls.takeEnds()).toMatchObject([{ channel: { name: 'bare' } }]);
    expect(polls.takeEnds()).toEqual([]);
  });

  it('does not wait for ever where the other channel is always behind', () => {
    const polls = taken();
    holdEnd(polls);
    polls.begin(whole);
    polls.take(attempt, [whole, bare]);
    polls.end(whole, { attempt, isAnswered: true, findings: [] });
    expect(polls.takeEnds()).toHaveLength(1);
  });
});

describe('an attempt', () => {
  it('is not lost while a poll runs, or an end is held', () => {
    const polls = taken(last);
    pollOf(polls, bare);
    polls.begin(whole);
    expect(polls.isLost).toBe(false);
    polls.end(whole, { attempt: last, isAnswered: true, findings: [] });
    expect(polls.isLost).toBe(true);
    const held = taken(last);
    pollOf(held, whole);
    holdEnd(held);
    expect(held.isLost).toBe(false);
  });

  it('is not lost by polls from before its evidence window was extended', () => {
    const polls = taken(last);
    pollOf(polls, whole);
    polls.take(attempt, [whole]);
    polls.take(last, [whole, bare]);
    pollOf(polls, bare);
    expect(polls.isLost).toBe(false);
    pollOf(polls, whole);
    expect(polls.isLost).toBe(true);
  });

  it('is done with when no channel has it to poll, or it is over and none polls', () => {
    const polls = taken();
    pollOf(polls, bare);
    expect(polls.isIdle).toBe(false);
    polls.isOver = true;
    expect(polls.isIdle).toBe(true);
    const running = taken();
    running.begin(whole);
    running.isOver = true;
    expect(running.isIdle).toBe(false);
  });
});
