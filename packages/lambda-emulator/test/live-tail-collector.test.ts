import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LiveTailCollector } from '../src/logs/live-tail-collector.ts';
import { LogStore } from '../src/logs/log-store.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function collect(store: LogStore) {
  const collector = new LiveTailCollector(store, { groupNames: ['group', 'empty'], matches: () => true });
  return () => {
    const { events, sampled } = collector.take();
    return { messages: events.map(({ message }) => message), sampled };
  };
}

test('a line that was written earlier is collected if it becomes readable later', () => {
  const store = new LogStore();
  store.append('group', 'stream', 'readable');
  store.append('group', 'stream', 'late', 1500);
  const take = collect(store);
  vi.advanceTimersByTime(1000);
  expect(take().messages).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(take().messages).toEqual(['late']);
  expect(take().messages).toEqual([]);
});

test('lines of the same millisecond are collected once, before and after an update', () => {
  const store = new LogStore();
  store.append('group', 'stream', 'before');
  const take = collect(store);
  store.append('group', 'stream', 'one');
  expect(take().messages).toEqual(['one']);
  store.append('group', 'stream', 'two');
  expect(take().messages).toEqual(['two']);
});

test('lines of a shuffled log are collected within a second, in any order, also that of their ingestion', () => {
  const store = new LogStore();
  const take = collect(store);
  const lines = Array.from({ length: 50 }, (_, number) => String(number).padStart(2, '0'));
  for (const line of lines) {
    store.append('group', 'stream', line, 0, true);
    vi.advanceTimersByTime(10);
  }
  const first = take();
  vi.advanceTimersByTime(1000);
  const second = take();
  const all = [...first.messages, ...second.messages];
  expect(all.toSorted()).toEqual(lines);
  expect(all).not.toEqual(lines);
  expect(first.messages.length).toBeGreaterThan(0);
  expect(second.messages.length).toBeGreaterThan(0);
});

test.for([
  [500, false],
  [501, true],
] as const)('of %i lines, 500 are collected: sampled is %s', ([count, sampled]) => {
  const store = new LogStore();
  const take = collect(store);
  const lines = Array.from({ length: count }, (_, number) => String(number).padStart(3, '0'));
  for (const line of lines) store.append('group', 'stream', line);
  const taken = take();
  expect(taken.sampled).toBe(sampled);
  expect(taken.messages).toHaveLength(500);
  expect(taken.messages).toEqual(lines.filter((line) => taken.messages.includes(line)));
  expect(take()).toEqual({ messages: [], sampled: false });
});
