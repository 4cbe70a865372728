import { createHash } from 'node:crypto';
import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { createAwsClients } from '../../src/aws/clients.ts';
import { type FunctionFacts, FunctionReader } from '../../src/aws/function-reader.ts';
import { Queue } from '../../src/aws/queue.ts';
import type { ProcessRecord } from '../../src/completion/channel.ts';
import { createSqsChannel } from '../../src/completion/sqs.ts';
import type { FunctionPolicy } from '../../src/domain/policy.ts';
import { answerError, answerJson, startWireServer } from '../aws/wire-server.ts';
import { destinationRecord } from '../helpers/invocation-records.ts';
import { recordedLog } from '../helpers/log.ts';
import { until } from '../helpers/until.ts';
import { behavesAsChannel } from './suite.ts';

const FACTS: FunctionFacts = {
  exists: true,
  timeoutSeconds: 3,
  logGroup: '/aws/lambda/fn',
  retryAttempts: 2,
  maxEventAgeSeconds: 21_600,
  warnings: [],
};
const ARN = 'arn:aws:sqs:eu-central-1:123456789012:ends';
let sqs: SQSClient;
let queueUrl: string;
let functions: FunctionReader;

async function sources(clients: ReturnType<typeof createAwsClients>) {
  sqs = clients.sqs;
  functions = new FunctionReader(clients.lambda);
  ({ QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'ends' })));
  const DestinationConfig = { OnSuccess: { Destination: ARN }, OnFailure: { Destination: ARN } };
  await clients.lambda.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName: 'sleepy', DestinationConfig }),
  );
  return { queues: [new Queue(sqs, queueUrl)], policies: [policy({ queue: queueUrl })] };
}

function policy(more: Partial<FunctionPolicy>): FunctionPolicy {
  return { name: '*', allow: true, ...more };
}

function channelOf(queue: Queue, policies = [policy({ queue: queue.url })]) {
  const { log, lines } = recordedLog();
  const channel = createSqsChannel({ queues: [queue], policies, functions, log });
  const [inbox] = channel.inboxes ?? [];
  if (!inbox) throw new Error('a queue has an inbox');
  return { channel, inbox, lines };
}

async function wireQueue(server: Awaited<ReturnType<typeof startWireServer>>) {
  const before = process.env['AWS_ENDPOINT_URL_SQS'];
  process.env['AWS_ENDPOINT_URL_SQS'] = server.url;
  const clients = createAwsClients({ maxHeldInvocations: 1 });
  const close = async () => {
    process.env['AWS_ENDPOINT_URL_SQS'] = before;
    clients.close();
    await server.close();
  };
  return { queue: new Queue(clients.sqs, 'https://sqs.eu-central-1.amazonaws.com/1/q'), close };
}

const taken: ProcessRecord = async () => 'settled';

function message(requestId: string) {
  const Body = destinationRecord({ requestId });
  const MD5OfBody = createHash('md5').update(Body).digest('hex');
  return { MessageId: requestId, ReceiptHandle: requestId, Body, MD5OfBody };
}

behavesAsChannel('sqs', 'Event', { failures: true, logged: false, moto: true, sources }, (bench) => {
  it('tells result, request id and number of runs as Lambda records them', async () => {
    const invoked = await bench().invoke('sleepy', { seconds: 0 });
    expect(await bench().outcomeOf(invoked)).toMatchObject({
      state: 'succeeded',
      requestId: invoked.answer.requestId,
      result: expect.stringMatching(/^\{"slept": ?0\}$/),
      deliveries: 1,
    });
    const failing = await bench().invoke('sleepy', { seconds: 0, fail: true });
    expect(await bench().outcomeOf(failing)).toMatchObject({ state: 'failed', deliveries: 3 });
  });

  it('says at once that its queue does not exist, and asks it again only after a pause', async () => {
    const { attempt } = await bench().invoke('sleepy', { seconds: 0 });
    const nowhere = new Queue(sqs, `${queueUrl}-nowhere`);
    const { channel, inbox, lines } = channelOf(nowhere);
    const stop = new AbortController();
    const receiving = inbox.receive(taken, stop.signal);
    const findings = await until('it warns', async () => {
      const found = await channel.poll?.([attempt]);
      return found?.length ? found : undefined;
    });
    expect(findings).toMatchObject([
      { warning: { code: 'queue_failed', message: expect.stringContaining('does not exist') } },
    ]);
    stop.abort();
    await receiving;
    expect(lines).toHaveLength(1);
  });

  it('gives nothing up while its queue cannot be reached for the moment', async () => {
    const { attempt } = await bench().invoke('sleepy', { seconds: 0 });
    const server = await startWireServer((_request, response) =>
      answerError(response, 503, 'ServiceUnavailable'),
    );
    const { queue, close } = await wireQueue(server);
    const { channel, inbox } = channelOf(queue);
    await inbox.receive(taken, AbortSignal.timeout(5_000));
    await close();
    expect(await channel.poll?.([attempt])).toEqual([{ attempt, type: 'not_yet' }]);
  });

  it('gives nothing up before it has received what came while the bridge was away', async () => {
    const { attempt } = await bench().invoke('sleepy', { seconds: 0 });
    const overdue = { ...attempt, lastPoll: true };
    const replies = [[message('r1')], []];
    const server = await startWireServer(({ headers }, response) => {
      const receives = String(headers['x-amz-target']).endsWith('ReceiveMessage');
      answerJson(response, 200, receives ? { Messages: replies.shift() ?? [] } : {});
    });
    const { queue, close } = await wireQueue(server);
    const { channel, inbox } = channelOf(queue);
    const looks: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      looks.push(await channel.poll?.([overdue]));
      await inbox.receive(taken, AbortSignal.timeout(5_000));
    }
    const failing: ProcessRecord = async () => Promise.reject(new Error('the ledger is away'));
    replies.push([message('r2')]);
    await inbox.receive(failing, AbortSignal.timeout(5_000));
    looks.push(await channel.poll?.([overdue]));
    await close();
    const waiting = [{ attempt: overdue, type: 'not_yet' }];
    expect(looks).toEqual([waiting, waiting, [], waiting]);
  });

  it('warns of a function that sends its ends nowhere', async () => {
    const { attempt } = await bench().invoke('flaky', {});
    expect(await bench().channel.poll?.([attempt])).toMatchObject([
      { warning: { code: 'destination_missing' } },
    ]);
  });

  it('is what a policy with a queue prefers if all ends go there, and follows no other functions', () => {
    const policies = [policy({ name: 'with', queue: queueUrl }), policy({ name: 'without' })];
    const { channel } = channelOf(new Queue(sqs, queueUrl), policies);
    expect(policies.map((one) => channel.preferred?.(FACTS, one))).toEqual([true, false]);
    const sending = (onSuccess: boolean, onFailure: boolean) =>
      channel.preferred?.({ ...FACTS, destinations: { onSuccess, onFailure } }, policy({ queue: queueUrl }));
    expect([sending(true, true), sending(false, true), sending(true, false)]).toEqual([true, false, false]);
    expect(channel.unavailableReason?.('with')).toBeUndefined();
    expect(channel.unavailableReason?.('without')).toContain('set queue');
  });
});
