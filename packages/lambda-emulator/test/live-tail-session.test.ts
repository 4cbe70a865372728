import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LiveTailSession, type LiveTailSettings } from '../src/api/live-tail-session.ts';
import type { LiveTailBreak } from '../src/faults/fault-planner.ts';
import { LiveTailCollector } from '../src/logs/live-tail-collector.ts';
import { LogStore } from '../src/logs/log-store.ts';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Takes one message after the other, but only while it is read. */
class Client extends Writable {
  readonly received: string[] = [];
  #resume: (() => void) | null = null;
  isReading = true;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    const { headers, body } = codec.decode(chunk);
    const type = headers[':event-type'] ?? headers[':exception-type'];
    const { sessionResults = [] } = JSON.parse(toUtf8(body));
    const messages = sessionResults.map(({ message }: { message: string }) => message);
    this.received.push([type?.value, ...messages].join(' '));
    if (this.isReading) done();
    else this.#resume = done;
  }

  read(): void {
    this.isReading = true;
    this.#resume?.();
  }
}

function start(settings: Partial<LiveTailSettings> = {}) {
  const store = new LogStore();
  store.append('group', 'stream', 'before');
  const collector = new LiveTailCollector(store, { groupNames: ['group'], matches: () => true });
  const onEnd = vi.fn();
  const session = new LiveTailSession(collector, {
    start: {},
    timeoutMs: 60_000,
    fault: null,
    onEnd,
    ...settings,
  });
  const client = new Client();
  const write = (message: string) => store.append('group', 'stream', message);
  return { session, client, onEnd, write, response: client as unknown as ServerResponse };
}

test('a session sends each line once, with the update after it was written', async () => {
  const { session, client, write, response } = start();
  session.open(response);
  write('one');
  write('two');
  await vi.advanceTimersByTimeAsync(1000);
  write('three');
  await vi.advanceTimersByTimeAsync(2000);
  expect(client.received).toEqual([
    'initial-response',
    'sessionStart',
    'sessionUpdate one two',
    'sessionUpdate three',
    'sessionUpdate',
  ]);
  session.end();
});

test('a client that reads too slowly loses the oldest of more than 10 updates', async () => {
  const { session, client, write, response } = start();
  session.open(response);
  await vi.advanceTimersByTimeAsync(0);
  client.isReading = false;
  for (let number = 0; number < 15; number++) {
    write(String(number));
    await vi.advanceTimersByTimeAsync(1000);
  }
  client.read();
  await vi.advanceTimersByTimeAsync(0);
  // The stream itself took the first one.
  expect(client.received.slice(2)).toEqual(
    [0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((n) => `sessionUpdate ${n}`),
  );
  session.end();
});

test('a session that times out sends what is waiting, and then the exception', async () => {
  const { session, client, write, response, onEnd } = start({ timeoutMs: 3500 });
  session.open(response);
  await vi.advanceTimersByTimeAsync(0);
  client.isReading = false;
  write('line');
  await vi.advanceTimersByTimeAsync(4000);
  client.read();
  await vi.advanceTimersByTimeAsync(0);
  expect(client.received.slice(2)).toEqual([
    'sessionUpdate line',
    'sessionUpdate',
    'sessionUpdate',
    'SessionTimeoutException',
  ]);
  expect(onEnd).toHaveBeenCalled();
});

test.for<[string, (session: LiveTailSession, client: Client) => unknown]>([
  ['the client closes the connection', (_, client) => client.destroy()],
  ['it fails', (session) => session.fail('SessionStreamingException', 'failed')],
  ['the emulator stops', (session) => session.end()],
  ['its time is over', () => vi.advanceTimersByTimeAsync(60_000)],
])('a session leaves no timer when %s', async ([, end]) => {
  const { session, client, response, onEnd } = start();
  session.open(response);
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(2);
  await end(session, client);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  expect(onEnd).toHaveBeenCalled();
});

test('a session whose client is gone before it opens never starts', () => {
  const { session, client, response, onEnd } = start();
  client.destroy();
  session.open(response);
  expect(onEnd).toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a session sends SessionStreamingException if its lines cannot be read', async () => {
  const { session, client, response } = start();
  vi.spyOn(LiveTailCollector.prototype, 'take').mockImplementationOnce(() => {
    throw new Error('broken');
  });
  const log = vi.spyOn(console, 'error').mockImplementationOnce(() => {});
  session.open(response);
  await vi.advanceTimersByTimeAsync(1000);
  expect(client.received.at(-1)).toBe('SessionStreamingException');
  expect(log).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('a session that falls silent stays open until its client leaves', async () => {
  const fault: LiveTailBreak = { afterMs: 1500, how: 'silence' };
  const { session, client, response, onEnd } = start({ fault });
  session.open(response);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(client.received).toEqual(['initial-response', 'sessionStart', 'sessionUpdate']);
  expect(client.destroyed).toBe(false);
  expect(onEnd).not.toHaveBeenCalled();
  client.destroy();
  await vi.advanceTimersByTimeAsync(0);
  expect(onEnd).toHaveBeenCalled();
});
