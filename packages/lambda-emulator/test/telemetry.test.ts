import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { BatchGetTracesCommand, XRayClient } from '@aws-sdk/client-xray';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Emulator, eventually, startEmulator } from './emulator.ts';

const MINUTE_MS = 60_000;
let roots = 0;
let emulator: Emulator;
let xray: XRayClient;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  emulator = await startEmulator({ retryDelaysSeconds: [0.05] });
  const settings = {
    endpoint: emulator.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  xray = new XRayClient(settings);
  cloudwatch = new CloudWatchClient(settings);
});
beforeEach(() => emulator.reset({ seed: 1 }));
afterAll(async () => {
  xray.destroy();
  cloudwatch.destroy();
  await emulator.stop();
});

function newRoot(): string {
  roots += 1;
  return `1-6581a8b0-${String(roots).padStart(24, '0')}`;
}

async function invoke(
  name: string,
  event: object,
  header: string,
  type = 'RequestResponse',
): Promise<string> {
  const answer = await fetch(`${emulator.url}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    body: JSON.stringify(event),
    headers: { 'x-amzn-trace-id': header, 'x-amz-invocation-type': type },
  });
  await answer.arrayBuffer();
  return answer.headers.get('x-amzn-requestid') ?? '';
}

// biome-ignore lint/suspicious/noExplicitAny: documents of another service
async function segments(root: string): Promise<any[]> {
  const { Traces = [] } = await xray.send(new BatchGetTracesCommand({ TraceIds: [root] }));
  return (Traces[0]?.Segments ?? []).map(({ Document = '{}' }) => JSON.parse(Document));
}

describe('the trace of a function with active tracing', () => {
  test('has a segment of Lambda and one of the run, which are linked and name the request', async () => {
    const root = newRoot();
    const requestId = await invoke('traced', { fail: false }, `Root=${root};Sampled=1`);
    const [invocation, run] = await segments(root);
    expect(invocation).toMatchObject({
      origin: 'AWS::Lambda',
      trace_id: root,
      aws: { request_id: requestId },
      resource_arn: 'arn:aws:lambda:eu-central-1:123456789012:function:traced',
      http: { response: { status: 200 } },
      end_time: expect.any(Number),
    });
    expect(invocation).not.toHaveProperty('parent_id');
    expect(run).toMatchObject({ origin: 'AWS::Lambda::Function', parent_id: invocation.id });
    expect(run).not.toHaveProperty('fault');
  });

  test('has the error of the function in the segment of the run', async () => {
    const root = newRoot();
    await invoke('traced', {}, `Root=${root};Sampled=1`);
    const run = (await segments(root)).find(({ origin }) => origin === 'AWS::Lambda::Function');
    const exceptions = [expect.objectContaining({ type: 'ValueError', message: 'asked to fail' })];
    expect(run).toMatchObject({ fault: true, cause: { exceptions } });
  });

  test('has all runs of an event as attempts of one segment', async () => {
    const root = newRoot();
    const requestId = await invoke('traced', {}, `Root=${root};Sampled=1`, 'Event');
    const found = await eventually('three runs', async () => {
      const sent = await segments(root);
      return sent.filter(({ origin }) => origin === 'AWS::Lambda::Function').length === 3 ? sent : null;
    });
    const [event, ...others] = found.filter(({ origin }) => origin === 'AWS::Lambda');
    expect(others).toEqual([]);
    expect(event).toMatchObject({ aws: { request_id: requestId }, http: { response: { status: 202 } } });
    expect(event.subsegments.map(({ name }: { name: string }) => name)).toEqual([
      'Attempt #1',
      'Attempt #2',
      'Attempt #3',
    ]);
  });

  test.for([
    ['traced', 'Sampled=0'],
    ['python_actor', 'Sampled=1'],
  ] as const)('is absent for %s with %s', async ([name, sampled]) => {
    const root = newRoot();
    await invoke(name, { fail: false }, `Root=${root};${sampled}`);
    expect(await segments(root)).toEqual([]);
  });

  test('arrives late, or never, as the fault script says', async () => {
    await emulator.reset({ seed: 1, late_telemetry_seconds: [0.2, 0.3] });
    const late = newRoot();
    await invoke('traced', { fail: false }, `Root=${late};Sampled=1`);
    expect(await segments(late)).toEqual([]);
    await eventually('both segments', async () => (await segments(late)).length === 2);
    await emulator.reset({ seed: 1, lost_segments: 1 });
    const lost = newRoot();
    await invoke('traced', { fail: false }, `Root=${lost};Sampled=1`);
    expect(await segments(lost)).toEqual([]);
  });
});

test('the metrics of a function count its runs and their errors', async () => {
  await emulator.invoke('traced', { fail: false });
  await emulator.invoke('traced', { fail: true });
  const now = Date.now();
  const query = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/Lambda',
        MetricName,
        Dimensions: [{ Name: 'FunctionName', Value: 'traced' }],
      },
      Period: 60,
      Stat: 'Sum',
    },
  });
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      MetricDataQueries: [query('i', 'Invocations'), query('e', 'Errors')],
      StartTime: new Date(now - 5 * MINUTE_MS),
      EndTime: new Date(now + MINUTE_MS),
      ScanBy: 'TimestampAscending',
    }),
  );
  const sums = MetricDataResults.map(({ Values = [] }) => Values.reduce((sum, value) => sum + value, 0));
  expect(sums).toEqual([2, 1]);
  expect(MetricDataResults.map(({ StatusCode }) => StatusCode)).toEqual(['Complete', 'Complete']);
});
