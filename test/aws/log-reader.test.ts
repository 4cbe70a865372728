import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { LogReader } from '../../src/aws/log-reader.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { answerError, answerJson, startWireServer, type WireServer } from './wire-server.ts';

const QUERY = { logGroup: '/aws/lambda/report', startTime: 1_790_000_000_000.4 };
const ALL = { pages: 100 };

let server: WireServer;
let clients: AwsClients;

beforeEach(() => stubAwsEnvironment());
afterEach(async () => {
  clients.close();
  await server.close();
  vi.unstubAllEnvs();
});

async function listen(
  answer: Parameters<typeof startWireServer>[0],
  pace = () => Promise.resolve(),
): Promise<LogReader> {
  server = await startWireServer(answer);
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS', server.url);
  clients = createAwsClients({ maxHeldInvocations: 1 });
  return new LogReader(clients.logs, pace);
}

function event(number: number, id: string | undefined = `id-${number}`) {
  return {
    eventId: id,
    logStreamName: 's1',
    timestamp: 1_790_000_000_000 + number,
    ingestionTime: 1_790_000_000_500,
    message: `line ${number}\n`,
  };
}

describe('reading a log', () => {
  it('follows empty pages until there is no further token', async () => {
    const pages = [
      { events: [], nextToken: 't1' },
      { nextToken: 't2' },
      { events: [event(1)], nextToken: 't3' },
      { events: [event(2)] },
    ];
    const reader = await listen((_request, response, index) => answerJson(response, 200, pages[index]));
    const read = await reader.filter(QUERY, ALL);
    expect(read).toMatchObject({
      type: 'events',
      events: [
        { id: 'id-1', stream: 's1', timestamp: 1_790_000_000_001, message: 'line 1\n' },
        { id: 'id-2', stream: 's1', timestamp: 1_790_000_000_002, message: 'line 2\n' },
      ],
    });
    expect(server.requests.map(({ body }) => JSON.parse(body).nextToken)).toEqual([
      undefined,
      't1',
      't2',
      't3',
    ]);
  });

  it('asks for what the query says, in whole milliseconds', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, { events: [] }));
    await reader.filter(
      { ...QUERY, endTime: 1_790_000_009_000.2, pattern: '"abc"', streams: ['s1', 's2'] },
      ALL,
    );
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      logGroupName: '/aws/lambda/report',
      startTime: 1_790_000_000_000,
      endTime: 1_790_000_009_001,
      filterPattern: '"abc"',
      logStreamNames: ['s1', 's2'],
    });
  });

  it('names the group of another account by its ARN', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, {}));
    const logGroup = 'arn:aws:logs:eu-west-1:123456789012:log-group:shared';
    await reader.filter({ ...QUERY, logGroup }, ALL);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ logGroupIdentifier: logGroup });
  });

  it('stops after the page that brings the most events, and says where to go on', async () => {
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { events: [event(1), event(2)], nextToken: 'more' }),
    );
    const read = await reader.filter(QUERY, { pages: 9, events: 3 });
    expect(read).toMatchObject({ type: 'events', nextToken: 'more', pages: 2 });
    expect(read.type === 'events' && read.events).toHaveLength(4);
    expect(server.requests).toHaveLength(2);
  });

  it('stops after the most pages, and goes on from there', async () => {
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { events: [event(1)], nextToken: 'next' }),
    );
    expect(await reader.filter(QUERY, { pages: 2 })).toMatchObject({ nextToken: 'next', pages: 2 });
    await reader.filter(QUERY, { pages: 1 }, 'there');
    expect(server.requests.map(({ body }) => JSON.parse(body).nextToken)).toEqual([
      undefined,
      'next',
      'there',
    ]);
  });

  it('has no pages left when exactly the most events are there', async () => {
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { events: [event(1), event(2)] }),
    );
    expect(await reader.filter(QUERY, { pages: 9, events: 2 })).not.toHaveProperty('nextToken');
  });

  it('gives an event without an id the same id every time, and another to another line', async () => {
    const bare = [event(1), event(2)].map(({ eventId: _, ...rest }) => rest);
    const reader = await listen((_request, response) => answerJson(response, 200, { events: bare }));
    const ids = async () => {
      const read = await reader.filter(QUERY, ALL);
      return read.type === 'events' ? read.events.map(({ id }) => id) : [];
    };
    const first = await ids();
    expect(await ids()).toEqual(first);
    expect(new Set(first).size).toBe(2);
  });

  it('takes its place in the pace before every call, one for each page', async () => {
    const pages = [{ nextToken: 't1' }, { events: [event(1)] }];
    let places = 0;
    const reader = await listen(
      (_request, response, index) => answerJson(response, 200, pages[index]),
      async () => {
        places += 1;
      },
    );
    await reader.filter(QUERY, ALL);
    expect(places).toBe(2);
  });
});

describe('a log that is read too often', () => {
  it('is read again by the SDK in a place of its own, and the refusal is told', async () => {
    let [places, refusals] = [0, 0];
    await listen((_request, response, index) =>
      index === 0
        ? answerError(response, 400, 'ThrottlingException')
        : answerJson(response, 200, { events: [event(1)] }),
    );
    const pace = async () => {
      places += 1;
    };
    const throttled = () => {
      refusals += 1;
    };
    const reader = new LogReader(clients.logs, pace, { throttled });
    expect(await reader.filter(QUERY, ALL)).toMatchObject({ events: [{ id: 'id-1' }] });
    expect({ places, refusals }).toEqual({ places: 2, refusals: 1 });
  });

  it('is not read any more when the poll is aborted', async () => {
    const stopping = new AbortController();
    const reader = await listen(() => stopping.abort());
    const turn = { rank: () => 0, passed: () => undefined, signal: stopping.signal };
    await expect(reader.inTurn(turn).filter(QUERY, ALL)).rejects.toMatchObject({ retryable: true });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a log that cannot be read', () => {
  it('says what to grant when access is denied', async () => {
    const reader = await listen((_request, response) => answerError(response, 400, 'AccessDeniedException'));
    expect(await reader.filter(QUERY, ALL)).toMatchObject({
      type: 'unreadable',
      warning: {
        code: 'logs_access_denied',
        message: expect.stringContaining('Grant its role logs:FilterLogEvents'),
      },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('says so when the group does not exist', async () => {
    const reader = await listen((_request, response) =>
      answerError(response, 400, 'ResourceNotFoundException', {
        message: 'The specified log group does not exist.',
      }),
    );
    expect(await reader.filter(QUERY, ALL)).toMatchObject({
      type: 'unreadable',
      warning: { code: 'log_group_missing', message: expect.stringContaining('/aws/lambda/report') },
    });
  });

  it('says so when the group is of a class that cannot be searched', async () => {
    const message =
      'The log group /aws/lambda/fn is of log-group-class INFREQUENT_ACCESS. FilterLogEvents is not supported for this log class.';
    const reader = await listen((_request, response) =>
      answerError(response, 400, 'InvalidOperationException', { message }),
    );
    expect(await reader.filter(QUERY, ALL)).toEqual({
      type: 'unreadable',
      warning: { code: 'log_class_unsupported', message: expect.stringContaining('class STANDARD') },
    });
  });

  it('has no events when only the stream is gone', async () => {
    const reader = await listen((_request, response) =>
      answerError(response, 400, 'ResourceNotFoundException', {
        message: 'The specified log stream does not exist.',
      }),
    );
    expect(await reader.filter({ ...QUERY, streams: ['gone'] }, ALL)).toEqual({
      type: 'events',
      events: [],
      pages: 1,
    });
  });

  it('passes after a throttle that the SDK rides out', async () => {
    const reader = await listen((_request, response, index) =>
      index === 0
        ? answerError(response, 500, 'InternalFailure')
        : answerJson(response, 200, { events: [event(1)] }),
    );
    expect(await reader.filter(QUERY, ALL)).toMatchObject({ type: 'events', events: [{ id: 'id-1' }] });
  });

  it.each([
    [400, 'ThrottlingException'],
    [503, 'ServiceUnavailableException'],
  ])('is unavailable when a %i %s does not end', async (status, type) => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '2');
    const reader = await listen((_request, response) => answerError(response, status, type));
    await expect(reader.filter(QUERY, ALL)).rejects.toMatchObject({
      code: 'logs_unavailable',
      retryable: true,
    });
    expect(server.requests).toHaveLength(2);
  });

  it('is unavailable when nothing listens there', async () => {
    const reader = await listen(() => {});
    await server.close();
    await expect(reader.filter(QUERY, ALL)).rejects.toMatchObject({
      code: 'logs_unavailable',
      retryable: true,
    });
  });

  it('fails for good when the query is wrong', async () => {
    const reader = await listen((_request, response) =>
      answerError(response, 400, 'InvalidParameterException'),
    );
    await expect(reader.filter(QUERY, ALL)).rejects.toMatchObject({ code: 'logs_failed', retryable: false });
  });
});
