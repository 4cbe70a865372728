import {
  InvalidParameterException,
  LimitExceededException,
  ResourceNotFoundException,
  SessionStreamingException,
  SessionTimeoutException,
  type StartLiveTailCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, eventually, startEmulator } from './emulator.ts';
import { groupArn, type LiveTail, startLiveTail } from './live-tails.ts';

const open: { stop?: () => unknown; close?: () => unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await (one.close ?? one.stop)?.();
});

async function tail(emulator: Emulator, input: Partial<StartLiveTailCommandInput> = {}): Promise<LiveTail> {
  const session = await startLiveTail(emulator, input);
  open.push(session);
  return session;
}

describe('a Live Tail session', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
    await emulator.invoke('python_actor', { action: 'talk' });
    await emulator.invoke('plain_python');
  });
  afterAll(() => emulator.stop());

  const talk = async () => (await emulator.invoke('python_actor', { action: 'talk' })).requestId;
  const stream = async () =>
    JSON.parse((await emulator.invoke('python_actor', { action: 'context' })).text).log_stream;
  const report = (session: LiveTail, requestId: string) =>
    eventually('REPORT', () =>
      session.messages().some((text) => text.startsWith(`REPORT RequestId: ${requestId}`)),
    );

  test('begins with what was requested, and then shows the lines that are new', async () => {
    const session = await tail(emulator, { logEventFilterPattern: '?START ?REPORT ?printed' });
    expect(session.start).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      logGroupIdentifiers: [groupArn('python_actor')],
      logEventFilterPattern: '?START ?REPORT ?printed',
    });
    const requestId = await talk();
    await report(session, requestId);
    expect(session.messages()).toEqual([
      `START RequestId: ${requestId} Version: $LATEST\n`,
      'printed\n',
      expect.stringContaining(`REPORT RequestId: ${requestId}`),
    ]);
    const [event] = session.updates.flatMap(({ sessionResults = [] }) => sessionResults);
    expect(event).toEqual({
      logStreamName: await stream(),
      logGroupIdentifier: '123456789012:/aws/lambda/python_actor',
      message: expect.any(String),
      timestamp: expect.any(Number),
      ingestionTime: expect.any(Number),
    });
    expect(Math.abs(Date.now() - (event?.timestamp ?? 0))).toBeLessThan(60_000);
  });

  test('has an update each second, also if there is nothing new', async () => {
    const session = await tail(emulator);
    const since = performance.now();
    await eventually('two updates', () => session.updates.length >= 2);
    expect(performance.now() - since).toBeGreaterThan(1500);
    expect(session.updates[0]).toEqual({ sessionMetadata: { sampled: false }, sessionResults: [] });
  });

  test('shows several groups, and each line once if a group is named twice', async () => {
    const logGroupIdentifiers = ['python_actor', 'plain_python', 'python_actor'].map(groupArn);
    const session = await tail(emulator, { logGroupIdentifiers, logEventFilterPattern: 'REPORT' });
    const { requestId } = await emulator.invoke('plain_python');
    await report(session, requestId);
    await report(session, await talk());
    const events = session.updates.flatMap(({ sessionResults = [] }) => sessionResults);
    expect(events.map(({ logGroupIdentifier }) => logGroupIdentifier)).toEqual([
      '123456789012:/aws/lambda/plain_python',
      '123456789012:/aws/lambda/python_actor',
    ]);
  });

  test('is restricted to streams by name or prefix', async () => {
    const name = await stream();
    const [byName, byPrefix, byOther] = await Promise.all([
      tail(emulator, { logStreamNames: [name] }),
      tail(emulator, { logStreamNamePrefixes: ['1999/', name.slice(0, 20)] }),
      tail(emulator, { logStreamNamePrefixes: ['1999/'] }),
    ]);
    const requestId = await talk();
    await report(byName, requestId);
    await report(byPrefix, requestId);
    await eventually('an update', () => byOther.updates.length > 1);
    expect(byOther.messages()).toEqual([]);
    expect(byName.start).toMatchObject({ logStreamNames: [name] });
    expect(byPrefix.start).toMatchObject({ logStreamNamePrefixes: ['1999/', name.slice(0, 20)] });
  });

  test('has only a sample of 500 of more lines', async () => {
    const session = await tail(emulator);
    await emulator.invoke('python_actor', { action: 'flood', lines: 5000 });
    const sampled = await eventually('a sample', () =>
      session.updates.find((one) => one.sessionMetadata?.sampled),
    );
    expect(sampled.sessionResults).toHaveLength(500);
    const messages = sampled.sessionResults?.map(({ message = '' }) => message) ?? [];
    expect(new Set(messages).size).toBe(500);
    const lines = messages.filter((text) => text.startsWith('line '));
    expect(lines).toEqual(lines.toSorted());
  });

  test.for<[string, Partial<StartLiveTailCommandInput>]>([
    ['has no group', { logGroupIdentifiers: [] }],
    ['has more than 10 groups', { logGroupIdentifiers: Array(11).fill(groupArn('python_actor')) }],
    ['names a group without its ARN', { logGroupIdentifiers: ['/aws/lambda/python_actor'] }],
    ['has an ARN that ends with :*', { logGroupIdentifiers: [`${groupArn('python_actor')}:*`] }],
    ['has a stream name that cannot be one', { logStreamNames: ['a:b'] }],
    ['has an empty list of streams', { logStreamNames: [] }],
    ['has more than 100 streams', { logStreamNames: Array(101).fill('a') }],
    ['has stream names and prefixes', { logStreamNames: ['a'], logStreamNamePrefixes: ['a'] }],
    [
      'has stream names of several groups',
      { logGroupIdentifiers: ['python_actor', 'plain_python'].map(groupArn), logStreamNames: ['a'] },
    ],
    ['has an invalid pattern', { logEventFilterPattern: '"open' }],
    ['has a pattern of more than 1024 characters', { logEventFilterPattern: 'x'.repeat(1025) }],
  ])('is refused if the request %s', async ([, input]) => {
    await expect(startLiveTail(emulator, input)).rejects.toThrow(InvalidParameterException);
  });

  test.for<[string, Partial<StartLiveTailCommandInput>]>([
    ['group', { logGroupIdentifiers: [groupArn('flaky')] }],
    ['account', { logGroupIdentifiers: [groupArn('python_actor').replace('123456789012', '210987654321')] }],
    ['region', { logGroupIdentifiers: [groupArn('python_actor').replace('eu-central-1', 'eu-west-1')] }],
    ['stream', { logStreamNames: ['other'] }],
  ])('is refused if the %s has no log', async ([, input]) => {
    await expect(startLiveTail(emulator, input)).rejects.toThrow(ResourceNotFoundException);
  });

  test('is refused while 15 others are open, until a client closes one', async () => {
    const others: LiveTail[] = [];
    // The emulator may not have noticed yet that the sessions of earlier tests are closed.
    while (others.length < 15)
      others.push(await eventually('a session', () => tail(emulator).catch(() => null)));
    await expect(startLiveTail(emulator)).rejects.toThrow(LimitExceededException);
    others[0]?.close();
    await eventually('a free session', () => tail(emulator).catch(() => null));
    expect(others[1]?.error()).toBeNull();
  });
});

describe('a Live Tail session of its own emulator', () => {
  const start = async (options: Parameters<typeof startEmulator>[0]): Promise<Emulator> => {
    const emulator = await startEmulator(options);
    open.push(emulator);
    await emulator.invoke('python_actor');
    return emulator;
  };

  test('shows lines when they can be read, whenever they were written', async () => {
    const emulator = await start({ logDelaySeconds: [2.5, 2.5] });
    const { requestId } = await emulator.invoke('python_actor');
    const session = await tail(emulator, { logEventFilterPattern: 'REPORT' });
    await eventually('REPORT', () => session.messages().some((text) => text.includes(requestId)));
    expect(session.updates[0]?.sessionResults).toEqual([]);
  });

  test('shows a shuffled log in any order, and nothing of it is missing', async () => {
    const emulator = await start({
      faults: { seed: 1, rules: [{ fault: 'shuffled_logs' }], shuffled_logs_seconds: [0.3, 1.5] },
    });
    const session = await tail(emulator, { logEventFilterPattern: 'line' });
    await emulator.invoke('python_actor', { action: 'flood', lines: 40 });
    await eventually('all lines', () => session.messages().length === 40);
    const ordered = session.messages().toSorted();
    expect(ordered.map((text) => Number(text.slice(5, 11)))).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(session.messages()).not.toEqual(ordered);
  });

  test('ends with SessionTimeoutException', async () => {
    const session = await tail(await start({ liveTailSeconds: 1.2 }));
    await session.ended;
    expect(session.error()).toBeInstanceOf(SessionTimeoutException);
    expect(session.updates).toHaveLength(1);
  });

  test('ends with SessionStreamingException if the emulator is reset', async () => {
    const emulator = await start({});
    const session = await tail(emulator);
    await emulator.reset();
    await session.ended;
    expect(session.error()).toBeInstanceOf(SessionStreamingException);
  });

  test('ends when the emulator stops', async () => {
    const emulator = await startEmulator();
    await emulator.invoke('python_actor');
    const session = await tail(emulator);
    await emulator.stop();
    await session.ended;
    expect(session.error()).toMatchObject({ code: 'ECONNRESET' });
  });

  test('breaks as the fault script says', async () => {
    const emulator = await start({ faults: { seed: 1, broken_live_tail_seconds: [0.1, 0.5] } });
    const sessions = await Promise.all(Array.from({ length: 12 }, () => tail(emulator)));
    await eventually('exceptions and resets', () => {
      const errors = sessions.map((session) => session.error());
      const isReset = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code === 'ECONNRESET';
      return errors.some((error) => error instanceof SessionStreamingException) && errors.some(isReset);
    });
  });
});
