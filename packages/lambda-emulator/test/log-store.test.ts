import { expect, test } from 'vitest';
import { LogStore } from '../src/logs/log-store.ts';

test('the log store drops the oldest events of a group, and streams without events', () => {
  const store = new LogStore();
  store.append('busy', 'first', 'early');
  store.append('quiet', 'stream', 'kept');
  const later = Date.now() + 1;
  while (Date.now() < later);
  for (let number = 0; number < 60_000; number++) store.append('busy', 'second', `event ${number}`);
  const busy = store.group('busy');
  expect(busy?.events.length).toBeGreaterThanOrEqual(50_000);
  expect(busy?.events.length).toBeLessThanOrEqual(55_000);
  expect(busy?.events.at(-1)?.message).toBe('event 59999');
  expect([...(busy?.streams.keys() ?? [])]).toEqual(['second']);
  expect(store.group('quiet')?.events).toHaveLength(1);
});
