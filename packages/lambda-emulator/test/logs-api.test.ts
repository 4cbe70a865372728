import {
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  InvalidParameterException,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, type Invoked, startEmulator } from './emulator.ts';

interface Page {
  events?: { message?: string | undefined }[] | undefined;
}

const GROUP = '/aws/lambda/python_actor';

describe('the log of a function', () => {
  let emulator: Emulator;
  let talked: Invoked;
  let flooded: Invoked;
  let stream: string;
  beforeAll(async () => {
    emulator = await startEmulator();
    talked = await emulator.invoke('python_actor', { action: 'talk' });
    flooded = await emulator.invoke('python_actor', { action: 'flood', lines: 25 });
    const { text } = await emulator.invoke('python_actor', { action: 'context' });
    stream = JSON.parse(text).log_stream;
  });
  afterAll(() => emulator.stop());

  const filter = (input: Partial<FilterLogEventsCommandInput>) =>
    emulator.logs.send(new FilterLogEventsCommand({ logGroupName: GROUP, ...input }));
  const get = (input: Partial<GetLogEventsCommandInput>) =>
    emulator.logs.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: stream, ...input }));
  const texts = ({ events = [] }: Page) => events.map(({ message = '' }) => message);
  const numbers = (page: Page) => texts(page).map((text) => text.slice(0, 11));

  test('has START, END and REPORT of a request, found by its quoted id, in the stream of the environment', async () => {
    const { events = [], searchedLogStreams } = await filter({ filterPattern: `"${flooded.requestId}"` });
    expect(events.map(({ message }) => message?.split(' ')[0])).toEqual(['START', 'END', 'REPORT']);
    for (const event of events) {
      expect(event).toMatchObject({ logStreamName: stream, eventId: expect.stringMatching(/^\d{56}$/) });
      expect(Math.abs(Date.now() - (event.timestamp ?? 0))).toBeLessThan(60_000);
      expect(event.ingestionTime).toBeGreaterThanOrEqual(event.timestamp ?? 0);
    }
    expect(searchedLogStreams).toEqual([]);
  });

  test('keeps a multi-line event whole, with its newlines', async () => {
    expect(texts(await filter({ filterPattern: '"two lines"' }))).toEqual([
      expect.stringContaining('logged on\ntwo lines'),
    ]);
  });

  test('is filtered by time, both limits inclusive', async () => {
    const { events = [] } = await filter({ filterPattern: `"${talked.requestId}"` });
    const at = events.at(-1)?.timestamp ?? 0;
    expect(texts(await filter({ filterPattern: 'REPORT', startTime: at, endTime: at }))).toContain(
      events.at(-1)?.message,
    );
    expect(texts(await filter({ startTime: Date.now() + 1000 }))).toEqual([]);
    expect(texts(await filter({ endTime: at - 60_000 }))).toEqual([]);
  });

  test('is filtered by stream names or a prefix, but not by both', async () => {
    const pattern = { filterPattern: '"line 000001"' };
    expect(texts(await filter({ ...pattern, logStreamNames: [stream] }))).toHaveLength(1);
    expect(texts(await filter({ ...pattern, logStreamNamePrefix: stream.slice(0, 20) }))).toHaveLength(1);
    expect(texts(await filter({ ...pattern, logStreamNamePrefix: '1999/' }))).toEqual([]);
    await expect(filter({ logStreamNames: [stream], logStreamNamePrefix: '2' })).rejects.toThrow(
      InvalidParameterException,
    );
    await expect(filter({ logStreamNames: ['other'] })).rejects.toThrow(
      'The specified log stream does not exist.',
    );
  });

  test('is read in pages of the given limit, the last one without a token', async () => {
    const found: string[] = [];
    const sizes: number[] = [];
    const input = { logGroupName: GROUP, filterPattern: '"line 0000"', limit: 10 };
    for await (const page of paginateFilterLogEvents({ client: emulator.logs }, input)) {
      sizes.push(page.events?.length ?? 0);
      found.push(...texts(page));
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(found).toEqual(
      Array.from({ length: 25 }, (_, n) => `line ${String(n).padStart(6, '0')} with ümlaut\n`),
    );
  });

  test('is read newest first on request, on all pages', async () => {
    const input = {
      filterPattern: '"line 0000"',
      startFromHead: false,
      startTime: Date.now() - 60_000,
      limit: 2,
    };
    const first = await filter(input);
    const second = await filter({ ...input, nextToken: first.nextToken });
    expect([...numbers(first), ...numbers(second)]).toEqual([
      'line 000024',
      'line 000023',
      'line 000022',
      'line 000021',
    ]);
  });

  test('rejects an invalid token', async () => {
    await expect(filter({ nextToken: 'made up' })).rejects.toThrow('The specified nextToken is invalid.');
  });

  test('is read forward from its head until the token stays the same', async () => {
    const all = texts(await get({ startFromHead: true }));
    expect(all[0]).toMatch(/^INIT_START /);
    const read: string[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await get({ startFromHead: true, limit: 7, ...(token && { nextToken: token }) });
      read.push(...texts(page));
      if (page.nextForwardToken === token) break;
      token = page.nextForwardToken;
    }
    expect(read).toEqual(all);
  });

  test('is read backward from its end, with each page in order of time', async () => {
    const all = texts(await get({ startFromHead: true }));
    const last = await get({ limit: 4 });
    expect(texts(last)).toEqual(all.slice(-4));
    const before = await get({ limit: 4, nextToken: last.nextBackwardToken });
    expect(texts(before)).toEqual(all.slice(-8, -4));
    const head = await get({ startFromHead: true, limit: 1 });
    const beyond = await get({ nextToken: head.nextBackwardToken });
    expect(texts(beyond)).toEqual([]);
    expect(beyond.nextBackwardToken).toBe(head.nextBackwardToken);
  });

  test('returns new events to a reader at the end', async () => {
    const { nextForwardToken } = await get({});
    const { requestId } = await emulator.invoke('python_actor', {});
    const page = await get({ startFromHead: true, nextToken: nextForwardToken });
    expect(texts(page)[0]).toBe(`START RequestId: ${requestId} Version: $LATEST\n`);
  });

  test('is read between two times, the end exclusive', async () => {
    const { events = [] } = await get({ startFromHead: true });
    const [from, to] = [events[0]?.timestamp ?? 0, events.at(-1)?.timestamp ?? 0];
    const between = await get({ startFromHead: true, startTime: from, endTime: to });
    expect(texts(between)).toEqual(texts({ events: events.filter(({ timestamp = 0 }) => timestamp < to) }));
  });

  test('may be named by ARN', async () => {
    const arn = `arn:aws:logs:eu-central-1:123456789012:log-group:${GROUP}:*`;
    const page = await emulator.logs.send(
      new FilterLogEventsCommand({ logGroupIdentifier: arn, filterPattern: '"line 000003"' }),
    );
    expect(page.events).toHaveLength(1);
  });

  test('does not exist before the function has run', async () => {
    for (const logGroupName of ['/aws/lambda/flaky', '/aws/lambda/nobody']) {
      const error = await filter({ logGroupName }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ResourceNotFoundException);
      expect(error).toMatchObject({
        message: 'The specified log group does not exist.',
        $metadata: { httpStatusCode: 400 },
      });
    }
    await expect(get({ logStreamName: 'other' })).rejects.toThrow('The specified log stream does not exist.');
  });

  test('is written to the group of function.json, in a stream that has the name of the function', async () => {
    await emulator.invoke('aliased', {}, { Qualifier: 'live' });
    const { logStreams = [] } = await emulator.logs.send(
      new DescribeLogStreamsCommand({ logGroupName: 'shared-group' }),
    );
    expect(logStreams[0]?.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/aliased\[3\][0-9a-f]{32}$/);
  });

  test('lists groups by prefix, in pages', async () => {
    await emulator.invoke('aliased');
    const describeGroups = (input: object) => emulator.logs.send(new DescribeLogGroupsCommand(input));
    const byPrefix = await describeGroups({ logGroupNamePrefix: '/aws/' });
    expect(byPrefix.logGroups).toEqual([
      expect.objectContaining({
        logGroupName: GROUP,
        arn: `arn:aws:logs:eu-central-1:123456789012:log-group:${GROUP}:*`,
        creationTime: expect.any(Number),
      }),
    ]);
    const first = await describeGroups({ limit: 1 });
    const second = await describeGroups({ limit: 1, nextToken: first.nextToken });
    expect(
      [...(first.logGroups ?? []), ...(second.logGroups ?? [])].map(({ logGroupName }) => logGroupName),
    ).toEqual([GROUP, 'shared-group']);
    expect(second.nextToken).toBeUndefined();
  });

  test('lists streams, on request with the newest event first', async () => {
    await Promise.all([1, 2].map(() => emulator.invoke('python_actor', { action: 'sleep', seconds: 0.2 })));
    const { text } = await emulator.invoke('python_actor', { action: 'context' });
    const { logStreams = [] } = await emulator.logs.send(
      new DescribeLogStreamsCommand({ logGroupName: GROUP, orderBy: 'LastEventTime', descending: true }),
    );
    expect(logStreams).toHaveLength(2);
    expect(logStreams[0]).toMatchObject({
      logStreamName: JSON.parse(text).log_stream,
      lastEventTimestamp: expect.any(Number),
    });
  });

  test('rejects an unsupported operation, naming it', async () => {
    const answer = await fetch(emulator.url, {
      method: 'POST',
      headers: { 'X-Amz-Target': 'Logs_20140328.StartQuery' },
      body: '{}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      __type: 'UnknownOperationException',
      message: expect.stringContaining('StartQuery'),
    });
  });
});
