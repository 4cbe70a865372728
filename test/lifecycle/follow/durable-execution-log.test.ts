import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../../src/aws/clients.ts';
import { DurableExecutions } from '../../../src/aws/durable.ts';
import { FunctionReader } from '../../../src/aws/function-reader.ts';
import { LogReader } from '../../../src/aws/log-reader.ts';
import type { Attempt, ExecutionDetail } from '../../../src/domain/execution.ts';
import { ExecutionLogReader } from '../../../src/lifecycle/follow/execution-log.ts';
import { stubAwsEnvironment } from '../../aws/aws-environment.ts';
import { answerError, answerJson, startWireServer, type WireServer } from '../../aws/wire-server.ts';

/** More than one filter pattern holds: two searches must find the streams of all. */
const INVOCATIONS = 25;
const STREAMS = ['stream-a', 'stream-b'];
const ids = Array.from(
  { length: INVOCATIONS },
  (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
);

let server: WireServer;
let clients: AwsClients;
let reader: ExecutionLogReader;
const patterns: string[] = [];

/** Every invocation of the durable execution, and between them one that belongs to somebody else. */
const log = ids.flatMap((id, at) =>
  [
    `START RequestId: ${id} Version: $LATEST`,
    `line ${at}`,
    `END RequestId: ${id}`,
    `REPORT RequestId: ${id}\tDuration: 1.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB`,
    `START RequestId: 11111111-0000-4000-8000-${String(at).padStart(12, '0')} Version: $LATEST`,
    'a line of another execution',
    `REPORT RequestId: 11111111-0000-4000-8000-${String(at).padStart(12, '0')}\tDuration: 1.00 ms\tBilled Duration: 2 ms`,
  ].map((message, line) => ({
    eventId: `${at}-${line}`,
    logStreamName: STREAMS[at % 2] ?? '',
    timestamp: 1_000_000 + at * 10 + line,
    ingestionTime: 1_000_000 + at * 10 + line,
    message,
  })),
);

beforeAll(async () => {
  server = await startWireServer(({ url, body }, response) => {
    if (url.includes('/history')) {
      const Events = ids.map((RequestId) => ({ InvocationCompletedDetails: { RequestId } }));
      return answerJson(response, 200, { Events });
    }
    if (url !== '/') return answerError(response, 404, 'ResourceNotFoundException');
    const { filterPattern, logStreamNames } = JSON.parse(body);
    if (filterPattern) patterns.push(filterPattern);
    const named = (filterPattern ?? '').replaceAll(/[?"]/g, '').split(' ');
    const events = log.filter(({ message, logStreamName }) =>
      filterPattern
        ? named.some((id: string) => message.includes(id))
        : logStreamNames.includes(logStreamName),
    );
    answerJson(response, 200, { events });
  });
  stubAwsEnvironment({
    AWS_ENDPOINT_URL_LAMBDA: server.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: server.url,
  });
  clients = createAwsClients({ maxHeldInvocations: 1 });
  reader = new ExecutionLogReader(
    new LogReader(clients.logs, () => Promise.resolve()),
    new FunctionReader(clients.lambda),
    new DurableExecutions(clients.lambda),
    async () => 0,
  );
});
afterAll(async () => {
  clients.close();
  await server.close();
  vi.unstubAllEnvs();
});

it('are those of all invocations of a durable execution, in order, and of nobody else', async () => {
  const attempt = {
    number: 1,
    requestId: 'the-id-of-the-start',
    durableExecutionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:fn:$LATEST/durable-execution/n/1',
    startedAt: new Date(1_000_000),
  } as Attempt;
  const execution = {
    function: 'fn',
    qualifier: null,
    state: 'succeeded',
    logTail: null,
    attempts: [attempt],
  } as unknown as ExecutionDetail;
  const { events, complete, source, nextAfter } = await reader.read(execution, undefined);
  const printed = events.map(({ message }) => message).filter((message) => /line/.test(message));
  expect(printed).toEqual(ids.map((_, at) => `line ${at}`));
  expect({ complete, source }).toEqual({ complete: true, source: 'cloudwatch' });
  expect(patterns.every((pattern) => pattern.length <= 1_024)).toBe(true);
  expect((await reader.read(execution, nextAfter)).events).toEqual([]);
});
