import { randomUUID } from 'node:crypto';
import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { createAwsClients } from '../../src/aws/clients.ts';
import { FunctionReader } from '../../src/aws/function-reader.ts';
import { Queue } from '../../src/aws/queue.ts';
import type { Inbox, Take } from '../../src/completion/channel.ts';
import { createSqsChannel } from '../../src/completion/sqs.ts';
import type { FunctionPolicy } from '../../src/domain/policy.ts';
import { answerError, answerJson, startWireServer } from '../aws/wire-server.ts';
import { destinationRecord } from '../helpers/invocation-records.ts';
import { recordedLog } from '../helpers/log.ts';
import { until } from '../helpers/until.ts';
import { behavesAsChannel } from './suite.ts';

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

/** A queue that gives the same messages each time, and what is asked of it. */
async function scripted(messages: { MessageId: string; Body: string; receives: number }[]) {
  const calls: { action: string; body: Record<string, unknown> }[] = [];
  const server = await startWireServer(({ headers, body }, response) => {
    const action = String(headers['x-amz-target']).replace('AmazonSQS.', '');
    calls.push({ action, body: JSON.parse(body) });
    if (action !== 'ReceiveMessage') return answerJson(response, 200, { Successful: [], Failed: [] });
    const Messages = messages.map(({ receives, ...message }) => ({
      ...message,
      ReceiptHandle: message.MessageId,
      Attributes: { ApproximateReceiveCount: String(receives) },
    }));
    answerJson(response, 200, { Messages });
  });
  return { ...(await wireQueue(server)), calls };
}

async function wireQueue(server: Awaited<ReturnType<typeof startWireServer>>) {
  const before = process.env['AWS_ENDPOINT_URL_SQS'];
  process.env['AWS_ENDPOINT_URL_SQS'] = server.url;
  const clients = createAwsClients({ maxHeldInvocations: 1 });
  await clients.sqs.config.endpoint?.();
  const close = async () => {
    process.env['AWS_ENDPOINT_URL_SQS'] = before;
    clients.close();
    await server.close();
  };
  return { queue: new Queue(clients.sqs, 'https://sqs.eu-central-1.amazonaws.com/1/q'), close };
}

const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));

/** Messages in the queue, and how many of them are hidden. */
async function depth(): Promise<{ visible: number; hidden: number }> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] });
  const { Attributes = {} } = await sqs.send(command);
  return { visible: Number(Attributes[names[0]]), hidden: Number(Attributes[names[1]]) };
}

const round = (inbox: Inbox, take: Take, stop = AbortSignal.timeout(2_000)) => inbox.receive(take, stop);
const taken: Take = async () => 'taken';
const unknown: Take = async () => 'unknown';

behavesAsChannel('sqs', 'Event', { failures: true, logged: false, moto: true, sources }, (bench) => {
  const emptied = () => sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
  const inboxOf = () => {
    const [inbox] = bench().channel.inboxes ?? [];
    if (!inbox) throw new Error('it has one');
    return inbox;
  };

  it('tells result, request id and number of runs as Lambda records them', async () => {
    const invoked = await bench().invoke('sleepy', { seconds: 0 });
    expect(await bench().outcomeOf(invoked)).toMatchObject({
      state: 'succeeded',
      requestId: invoked.reply.requestId,
      result: expect.stringMatching(/^\{"slept": ?0\}$/),
      deliveries: 1,
    });
    const failing = await bench().invoke('sleepy', { seconds: 0, fail: true });
    expect(await bench().outcomeOf(failing)).toMatchObject({ state: 'failed', deliveries: 3 });
  });

  it('deletes a record only after it was taken', async () => {
    await emptied();
    await send(destinationRecord({ requestId: 'known' }));
    let during = { visible: -1, hidden: -1 };
    await round(inboxOf(), async () => {
      during = await depth();
      return 'taken';
    });
    expect(during).toEqual({ visible: 0, hidden: 1 });
    expect(await depth()).toEqual({ visible: 0, hidden: 0 });
  });

  it('leaves a record in the queue that the ledger could not take, and goes on with the others', async () => {
    await emptied();
    for (const requestId of ['bad', 'good']) await send(destinationRecord({ requestId }));
    const stop = new AbortController();
    const seen = new Set<string>();
    const received = (async () => {
      while (!stop.signal.aborted)
        await round(
          inboxOf(),
          async ({ requestId }) => {
            seen.add(requestId);
            if (requestId === 'bad') throw new Error('the ledger is away');
            return 'taken';
          },
          stop.signal,
        );
    })();
    await until('the good one is deleted, the bad one hidden', async () => {
      const { visible, hidden } = await depth();
      return seen.size === 2 && visible === 0 && hidden === 1;
    });
    stop.abort();
    await received;
  });

  it('gives a record that nobody knows yet a growing delay, and never deletes it', async () => {
    const foreign = (MessageId: string, receives: number) => ({
      MessageId,
      Body: destinationRecord({ requestId: MessageId }),
      receives,
    });
    const { queue, calls, close } = await scripted([foreign('m1', 1), foreign('m3', 3), foreign('m12', 12)]);
    const { inbox, lines } = channelOf(queue);
    await round(inbox, unknown);
    await round(inbox, unknown);
    await close();
    const delays = calls.filter(({ action }) => action === 'ChangeMessageVisibility');
    expect(
      Object.fromEntries(delays.map(({ body }) => [body['ReceiptHandle'], body['VisibilityTimeout']])),
    ).toEqual({
      m1: 2,
      m3: 18,
      m12: 900,
    });
    expect(calls.filter(({ action }) => action.startsWith('Delete'))).toEqual([]);
    expect(lines).toMatchObject([{ message_id: 'm12', request_id: 'm12' }]);
  });

  it('deletes what is no record, and tells of it without its content', async () => {
    await emptied();
    await send('my secret');
    await send('{"order": "my secret"}');
    const { inbox, lines } = channelOf(new Queue(sqs, queueUrl));
    await until('both are gone', async () => {
      await round(inbox, taken, AbortSignal.timeout(500));
      return lines.length === 2 && (await depth()).hidden === 0;
    });
    expect(lines).toMatchObject([{ message_id: expect.any(String) }, { message_id: expect.any(String) }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('shares a queue with other replicas: each record is taken once', async () => {
    await emptied();
    const ids = Array.from({ length: 40 }, () => randomUUID());
    await Promise.all(ids.map((requestId) => send(destinationRecord({ requestId }))));
    const stop = new AbortController();
    const received: string[] = [];
    const take: Take = async ({ requestId }) => {
      received.push(requestId);
      return 'taken';
    };
    const replica = async () => {
      const { inbox } = channelOf(new Queue(sqs, queueUrl));
      while (!stop.signal.aborted) await round(inbox, take, stop.signal);
    };
    const replicas = [replica(), replica()];
    await until('all are taken', () => received.length >= ids.length);
    stop.abort();
    await Promise.all(replicas);
    expect(received.toSorted()).toEqual(ids.toSorted());
  });

  it('says at once that its queue does not exist, and asks it again only after a pause', async () => {
    const { attempt } = await bench().invoke('sleepy', { seconds: 0 });
    const nowhere = new Queue(sqs, `${queueUrl}-nowhere`);
    const { channel, inbox, lines } = channelOf(nowhere);
    const stop = new AbortController();
    const receiving = round(inbox, taken, stop.signal);
    const findings = await until('it warns', async () => {
      const found = await channel.look?.([attempt]);
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
    await round(inbox, taken);
    await close();
    expect(await channel.look?.([attempt])).toMatchObject([
      { warning: { code: 'queue_unavailable' } },
      { pending: true },
    ]);
  });

  it('warns of a function that sends its ends nowhere', async () => {
    const { attempt } = await bench().invoke('flaky', {});
    expect(await bench().channel.look?.([attempt])).toMatchObject([
      { warning: { code: 'destination_missing' } },
    ]);
  });

  it('is what a policy with a queue prefers, and follows no other functions', () => {
    const policies = [policy({ name: 'with', queue: queueUrl }), policy({ name: 'without' })];
    const { channel } = channelOf(new Queue(sqs, queueUrl), policies);
    const facts = {} as Parameters<NonNullable<typeof channel.preferred>>[0];
    expect(policies.map((one) => channel.preferred?.(facts, one))).toEqual([true, false]);
    expect(channel.obstacle?.('with')).toBeUndefined();
    expect(channel.obstacle?.('without')).toContain('set queue');
  });
});
