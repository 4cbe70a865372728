import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTailClient } from '../../src/aws/clients.ts';
import { LiveTail, logGroupName, type TailedLine } from '../../src/aws/live-tail.ts';
import { until } from '../helpers/until.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { type LiveTailServer, startLiveTailServer, type TailSession } from './live-tail-server.ts';

const QUERY = { logGroups: ['arn:aws:logs:eu-central-1:123456789012:log-group:a'], pattern: '"REPORT"' };
let server: LiveTailServer;

beforeEach(async () => {
  server = await startLiveTailServer();
  stubAwsEnvironment({ AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: server.url });
});
afterEach(async () => {
  await server.close();
  vi.unstubAllEnvs();
});

function openSession() {
  const lines: TailedLine[] = [];
  const stopping = new AbortController();
  const ended = new LiveTail(createTailClient).tail(QUERY, (more) => lines.push(...more), stopping.signal);
  return { lines, stopping, ended };
}

const opened = (): Promise<TailSession> => until('the session is open', () => server.sessions[0]);

describe('a Live Tail session', () => {
  it('brings the lines of its log groups, with the name of the group', async () => {
    const { lines, stopping, ended } = openSession();
    const session = await opened();
    expect(session).toMatchObject({ logGroups: QUERY.logGroups, pattern: QUERY.pattern });
    session.send([]);
    session.send([{ logGroup: '/aws/lambda/a', message: 'one' }]);
    session.send([{ logGroup: '/aws/lambda/a', message: 'two' }]);
    await until('both lines have come', () => lines.length === 2);
    expect(lines).toEqual([
      { logGroup: '/aws/lambda/a', message: 'one' },
      { logGroup: '/aws/lambda/a', message: 'two' },
    ]);
    stopping.abort();
    expect(await ended).toEqual({ type: 'over' });
    await until('the server has seen it', () => !session.isOpen);
  });

  it('is over after its three hours', async () => {
    const { ended } = openSession();
    (await opened()).fail('SessionTimeoutException');
    expect(await ended).toEqual({ type: 'over' });
  });

  it('tells of an error in the stream, which may pass', async () => {
    const { ended } = openSession();
    (await opened()).fail('SessionStreamingException');
    expect(await ended).toMatchObject({
      type: 'failed',
      isPassing: true,
      reason: expect.stringContaining('SessionStreamingException'),
    });
  });

  it.each([
    ['AccessDeniedException', false],
    ['LimitExceededException', true],
    ['ResourceNotFoundException', false],
  ])('tells that it is refused with %s', async (refusal, isPassing) => {
    server.refuse(refusal);
    const { ended } = openSession();
    expect(await ended).toMatchObject({
      type: 'failed',
      isPassing,
      reason: expect.stringContaining(refusal),
    });
  });

  it('does not begin when it is to end already', async () => {
    const signal = AbortSignal.abort();
    expect(await new LiveTail(createTailClient).tail(QUERY, () => undefined, signal)).toEqual({
      type: 'over',
    });
    expect(server.requests).toEqual([]);
  });
});

it.each([
  ['/aws/lambda/a'],
  ['123456789012:/aws/lambda/a'],
  ['arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/a:*'],
])('the name of a log group is read from %s', (identifier) => {
  expect(logGroupName(identifier)).toBe('/aws/lambda/a');
});
