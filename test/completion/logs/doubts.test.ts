import { afterEach, expect, it, vi } from 'vitest';
import type { KnownAttempts } from '../../../src/completion/logs/doubts.ts';
import { traceRoot } from '../../../src/domain/id.ts';
import { outcomeIn } from '../findings.ts';
import { BEGIN, endLine, line, openEvent, reportLine, startLogGroup } from './log-group.ts';

let stop = async () => {};
afterEach(async () => {
  vi.useRealTimers();
  await stop();
  vi.unstubAllEnvs();
});

const doubted = openEvent({ phase: 'in_doubt', requestId: null, invocationType: 'RequestResponse' });
const ROOT = `XRAY TraceId: ${traceRoot(doubted.id, 1)}`;

function run(from: number, id: string, { root = '', stream = 's', lines = [] as string[] } = {}) {
  const end = from + lines.length + 1;
  return [
    line(from, `START RequestId: ${id} Version: $LATEST`, stream),
    ...lines.map((text, at) => line(from + at + 1, text, stream)),
    endLine(end, id, stream),
    reportLine(end + 1, id, end - from, root, stream),
  ];
}

interface Setting {
  known?: KnownAttempts;
  exclusive?: boolean;
  logGroup?: string;
  segments?: object[];
}

async function pollWith(lines: ReturnType<typeof line>[], setting: Setting = {}) {
  const { known, exclusive, logGroup, segments } = setting;
  const policies = exclusive ? [{ name: '*', allow: true, exclusive }] : [];
  const configuration = {
    ...(logGroup && { LoggingConfig: { LogGroup: logGroup } }),
    ...(segments && { TracingConfig: { Mode: 'Active' } }),
  };
  const group = await startLogGroup(lines, {
    policies,
    configuration,
    ...(known && { known }),
    ...(segments && { segments }),
  });
  stop = group.stop;
  return group.channel.poll?.([doubted]);
}

it('a run with our trace root settles a lost answer', async () => {
  const found = await pollWith(run(100, 'ours', { root: ROOT }));
  expect(outcomeIn(found)).toMatchObject({ state: 'succeeded', requestId: 'ours' });
});

it("a child's run with our root settles nothing while the parent's own run is open", async () => {
  const child = run(200, 'child', { root: ROOT, stream: 's2' });
  const parentStart = line(100, 'START RequestId: parent Version: $LATEST');
  expect(await pollWith([parentStart, ...child])).toEqual([]);
  await stop();
  const error = '[ERROR] ValueError: parent failed\nTraceback (most recent call last):\n';
  const parent = run(100, 'parent', { root: ROOT, lines: [error] });
  expect(outcomeIn(await pollWith([...parent, ...child]))).toMatchObject({
    state: 'failed',
    requestId: 'parent',
    error: { type: 'ValueError' },
  });
});

/** Lambda's own segment of an invocation: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html */
const segment = (requestId: string, more: object = {}) => ({
  id: `seg-${requestId}`,
  name: 'fn',
  start_time: BEGIN / 1_000,
  origin: 'AWS::Lambda',
  resource_arn: 'arn:aws:lambda:eu-central-1:123456789012:function:fn',
  aws: { request_id: requestId },
  http: { response: { status: 200 } },
  ...more,
});
const childRun = run(200, 'child', { root: ROOT, stream: 's2' });
const at = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: BEGIN + ms });

it('a run with our root settles nothing as long as an earlier one may become visible', async () => {
  at(5_000);
  expect(await pollWith(childRun)).toEqual([]);
  await stop();
  at(11_000);
  expect(outcomeIn(await pollWith(childRun))).toMatchObject({ requestId: 'child' });
});

it('X-Ray names the run that nothing within the trace invoked, so it settles at once', async () => {
  at(11_000);
  const segments = [segment('child', { parent_id: 'seg-parent' }), segment('parent')];
  expect(await pollWith(childRun, { segments })).toEqual([]);
  await stop();
  const lines = [...childRun, ...run(100, 'parent', { root: ROOT, lines: ['calls itself'] })];
  expect(outcomeIn(await pollWith(lines, { segments }))).toMatchObject({ requestId: 'parent' });
});

it('X-Ray names nothing where two invocations have no parent, or none is of the function', async () => {
  at(1_000);
  const other = segment('child', { resource_arn: 'arn:aws:lambda:eu-central-1:123456789012:function:other' });
  for (const segments of [[segment('child'), segment('parent')], [other], []]) {
    expect(await pollWith(childRun, { segments })).toEqual([]);
    await stop();
  }
});

it('a run of another function in a shared log group settles nothing', async () => {
  const stream = '2026/11/26/child-fn[$LATEST]c1c1';
  const child = run(200, 'child', { root: ROOT, stream });
  expect(await pollWith(child, { logGroup: '/app/all' })).toEqual([]);
});

it('a run that began before the request was sent, or too late for it, settles nothing', async () => {
  const lines = [
    ...run(-60_000, 'before', { root: ROOT }),
    ...run(120_000, 'later', { root: ROOT, stream: 's2' }),
  ];
  expect(await pollWith(lines)).toEqual([]);
});

it('a run without our root settles nothing, unless only the bridge invokes the function', async () => {
  const lines = run(100, 'untraced');
  expect(await pollWith(lines)).toEqual([]);
  await stop();
  expect(outcomeIn(await pollWith(lines, { exclusive: true }))).toMatchObject({ requestId: 'untraced' });
});

it('elimination leaves out the runs of other attempts', async () => {
  const lines = [...run(100, 'ours'), ...run(200, 'theirs', { stream: 's2' })];
  const known = (owned: string[], hasRival = false): KnownAttempts => ({
    owned: async () => owned,
    hasRival: async () => hasRival,
  });
  const settled = await pollWith(lines, { exclusive: true, known: known(['theirs']) });
  expect(outcomeIn(settled)).toMatchObject({ requestId: 'ours' });
  await stop();
  expect(await pollWith(lines, { exclusive: true, known: known([]) })).toEqual([]);
  await stop();
  expect(await pollWith(lines, { exclusive: true, known: known(['theirs'], true) })).toEqual([]);
});
