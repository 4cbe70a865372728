/** Live Tail tells of ends, and polls find them. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTailClient } from '../../../src/aws/clients.ts';
import { LiveTail } from '../../../src/aws/live-tail.ts';
import type { HintedAttempt } from '../../../src/completion/channel.ts';
import type { OpenAttempt } from '../../../src/domain/execution.ts';
import { stubAwsEnvironment } from '../../aws/aws-environment.ts';
import { type LiveTailServer, startLiveTailServer, type TailSession } from '../../aws/live-tail-server.ts';
import { until } from '../../helpers/until.ts';
import { openEvent, reportLine, startLogGroup } from './log-group.ts';

const FUNCTION_ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:fn';
const GROUP = '/aws/lambda/fn';

let server: LiveTailServer;
let group: Awaited<ReturnType<typeof startLogGroup>>;
let stopping: AbortController;
let running: Promise<void> | undefined;

beforeEach(async () => {
  server = await startLiveTailServer();
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await running;
  await group.stop();
  await server.close();
  vi.unstubAllEnvs();
});

/** Live Tail has a server of its own. */
async function follow(attempts: OpenAttempt[], missing = false) {
  const openClient = () => {
    stubAwsEnvironment({ AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: server.url });
    return createTailClient();
  };
  const configuration = { FunctionArn: FUNCTION_ARN };
  group = await startLogGroup([], { configuration, missing, liveTail: new LiveTail(openClient) });
  await group.channel.poll?.(attempts);
  const told: HintedAttempt[] = [];
  running = group.channel.hints?.((more) => told.push(...more), stopping.signal);
  return told;
}

const opened = (): Promise<TailSession> => until('the session is open', () => server.sessions[0]);
const report = (requestId: string) => ({ logGroup: GROUP, message: reportLine(0, requestId, 10).message });

it('the report of an open attempt makes its next poll due now, until a poll has found it', async () => {
  const [attempt, other] = [openEvent({ ageSeconds: 300 }), openEvent({ requestId: 'r2', ageSeconds: 300 })];
  const told = await follow([attempt, other]);
  const session = await opened();
  expect(session.logGroups).toEqual([`arn:aws:logs:eu-central-1:123456789012:log-group:${GROUP}`]);
  session.send([report('r1'), report('of a stranger'), { logGroup: GROUP, message: 'REPORT of my own' }]);
  await until('it is told', () => told.length > 0);
  expect(told).toEqual([{ id: attempt.id, number: 1 }]);
  expect(group.channel.nextPoll?.(attempt, 0, 1)).toBe(0);
  expect(group.channel.nextPoll?.(attempt, 300, 1)).toBe(301);
  expect(group.channel.nextPoll?.(other, 300, 1)).toBe(315);
});

it('any report of its log group is a hint for an attempt whose answer was lost', async () => {
  const doubted = openEvent({ requestId: null, phase: 'in_doubt', ageSeconds: 300 });
  const told = await follow([doubted]);
  const session = await opened();
  session.send([{ ...report('of a stranger'), logGroup: 'another' }, report('of a stranger')]);
  await until('it is told', () => told.length > 0);
  expect(told).toMatchObject([{ id: doubted.id, number: 1 }]);
});

it('a hint ends nothing: what no poll finds is still open', async () => {
  const attempt = openEvent({ ageSeconds: 300 });
  const told = await follow([attempt]);
  (await opened()).send([report('r1')]);
  await until('it is told', () => told.length > 0);
  expect(await group.channel.poll?.([attempt])).toEqual([]);
});

it('a log group that does not exist yet is not tailed, since that would fail the session of others', async () => {
  await follow([openEvent({ ageSeconds: 1 })], true);
  const later = openEvent({ ageSeconds: 1 });
  await group.channel.poll?.([later]);
  stopping.abort();
  await running;
  expect(server.requests).toEqual([]);
});
