import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTailClient } from '../../../src/aws/clients.ts';
import { LiveTail } from '../../../src/aws/live-tail.ts';
import { TailedGroups } from '../../../src/completion/logs/tailed-groups.ts';
import { stubAwsEnvironment } from '../../aws/aws-environment.ts';
import { type LiveTailServer, startLiveTailServer } from '../../aws/live-tail-server.ts';
import { until } from '../../helpers/until.ts';

let server: LiveTailServer;
let stopping: AbortController;
let running: Promise<void>;
const warnings: { msg: string; reason: string }[] = [];

beforeEach(async () => {
  server = await startLiveTailServer();
  stubAwsEnvironment({ AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: server.url });
  stopping = new AbortController();
  warnings.length = 0;
});
afterEach(async () => {
  vi.useRealTimers();
  stopping.abort();
  await running;
  await server.close();
  vi.unstubAllEnvs();
});

function tail(...groups: string[]): TailedGroups {
  const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line)) });
  const tailed = new TailedGroups(new LiveTail(createTailClient), () => undefined, log, 10);
  for (const group of groups) tailed.want(group);
  running = tailed.run(stopping.signal);
  return tailed;
}

const numbered = (count: number, prefix = 'g') => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const openSessions = () => server.sessions.filter(({ isOpen }) => isOpen);
const groupsOfOpen = () => openSessions().map(({ logGroups }) => logGroups);
const tailedCount = (count: number) =>
  until(`${count} groups are tailed`, () => groupsOfOpen().flat().length === count);

it('ten log groups share a session, and a further one gets a new one with what does not fill a session', async () => {
  const tailed = tail(...numbered(12));
  await tailedCount(12);
  expect(groupsOfOpen()).toEqual([numbered(10), ['g10', 'g11']]);
  tailed.want('late');
  await tailedCount(13);
  expect(groupsOfOpen()).toEqual([numbered(10), ['g10', 'g11', 'late']]);
});

it('a replica has at most five sessions, whatever it polls', async () => {
  tail(...numbered(70));
  await tailedCount(50);
  expect(openSessions()).toHaveLength(5);
});

it('a session ends when none of its groups was polled for five minutes', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const tailed = tail(...numbered(10), 'other');
  await tailedCount(11);
  vi.advanceTimersByTime(4 * 60_000);
  tailed.want('other');
  vi.advanceTimersByTime(2 * 60_000);
  await tailedCount(1);
  expect(groupsOfOpen()).toEqual([['other']]);
});

it('a session that has ended after its three hours is begun anew', async () => {
  tail('a');
  await tailedCount(1);
  server.sessions[0]?.fail('SessionTimeoutException');
  await until('a second session is open', () => server.sessions[1]?.isOpen);
  expect(warnings).toEqual([]);
});

it('where Live Tail is refused, a warning says so once, and it is tried again later', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  server.refuse('AccessDeniedException');
  const tailed = tail('a');
  await until('it is told', () => warnings.length > 0);
  expect(warnings[0]?.reason).toContain('AccessDeniedException');
  server.refuse(undefined);
  vi.advanceTimersByTime(11 * 60_000);
  tailed.want('a');
  await tailedCount(1);
  expect(warnings).toHaveLength(1);
  expect(server.requests).toHaveLength(2);
});
