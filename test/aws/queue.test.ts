import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { Queue } from '../../src/aws/queue.ts';
import { type Moto, startMoto } from '../helpers/moto.ts';
import { until } from '../helpers/until.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { answerError, answerJson, startWireServer } from './wire-server.ts';

let moto: Moto;
let clients: AwsClients;
let queues = 0;

beforeAll(async () => {
  moto = await startMoto();
  stubAwsEnvironment({ AWS_ENDPOINT_URL: moto.url });
  clients = createAwsClients({ maxHeldInvocations: 1 });
});

afterAll(async () => {
  clients?.close();
  await moto?.stop();
  vi.unstubAllEnvs();
});

async function createQueue(): Promise<Queue> {
  queues += 1;
  const { QueueUrl = '' } = await clients.sqs.send(new CreateQueueCommand({ QueueName: `queue-${queues}` }));
  return new Queue(clients.sqs, QueueUrl);
}

async function send(
  queue: Queue,
  MessageBody: string,
  attributes: Record<string, string> = {},
): Promise<void> {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  await clients.sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody, MessageAttributes }));
}

/** A queue of an SQS that answers as told. */
async function wireQueue(answer: Parameters<typeof startWireServer>[0]) {
  const server = await startWireServer(answer);
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  const wire = createAwsClients({ maxHeldInvocations: 1 });
  const close = async () => {
    // not earlier: the SDK reads it with the first call
    vi.stubEnv('AWS_ENDPOINT_URL', moto.url);
    wire.close();
    await server.close();
  };
  return { queue: new Queue(wire.sqs, 'https://sqs.eu-west-1.amazonaws.com/1/q'), server, close };
}

/** Without waiting: what lies in the queue now. */
const receive = (queue: Queue) => queue.receive(new AbortController().signal, 0);

describe('receive', () => {
  it('gives body, attributes and how often it was received', async () => {
    const queue = await createQueue();
    await send(queue, '{"n": 1.0}', { RequestID: 'r' });
    const [message] = await receive(queue);
    expect(message).toMatchObject({ body: '{"n": 1.0}', attributes: { RequestID: 'r' }, receives: 1 });
  });

  it('gives up to ten at once, and hides them', async () => {
    const queue = await createQueue();
    await Promise.all(Array.from({ length: 12 }, (_, n) => send(queue, `${n}`)));
    expect(await receive(queue)).toHaveLength(10);
    expect(await receive(queue)).toHaveLength(2);
    expect(await receive(queue)).toEqual([]);
  });

  it('waits for a message to come', async () => {
    const queue = await createQueue();
    const waiting = queue.receive(new AbortController().signal);
    await send(queue, 'late');
    expect(await waiting).toMatchObject([{ body: 'late' }]);
  });

  it('ends its wait at once when it is aborted', async () => {
    const { queue, server, close } = await wireQueue(() => {});
    const stop = new AbortController();
    const waiting = queue.receive(stop.signal);
    await until('the poll is out', () => server.requests.length === 1);
    stop.abort();
    expect(await waiting).toEqual([]);
    await close();
  });
});

describe('delete and postpone', () => {
  it('delete messages for good, and nothing else', async () => {
    const queue = await createQueue();
    await send(queue, 'one');
    await send(queue, 'two');
    const [one, two] = await receive(queue);
    if (!one || !two) throw new Error('both were sent');
    await queue.delete([one]);
    await queue.delete([]);
    await queue.postpone(two, 0);
    expect(await receive(queue)).toMatchObject([{ id: two.id, receives: 2 }]);
  });

  it('hide a message for as long as told', async () => {
    const queue = await createQueue();
    await send(queue, 'one');
    const [one] = await receive(queue);
    if (!one) throw new Error('it was sent');
    await queue.postpone(one, 1);
    expect(await receive(queue)).toEqual([]);
    expect(await until('it is back', async () => (await receive(queue))[0])).toMatchObject({ id: one.id });
  });
});

describe('a queue that fails', () => {
  const failing = async (type: string, status: number, extra: { message?: string } = {}) => {
    const { queue, close } = await wireQueue((_request, response) =>
      answerError(response, status, type, extra),
    );
    const fault = await receive(queue).catch((error: unknown) => error);
    await close();
    return fault;
  };

  it('because it does not exist says so', async () => {
    const missing = new Queue(clients.sqs, `${moto.url}/123456789012/nowhere`);
    await expect(receive(missing)).rejects.toMatchObject({
      code: 'queue_failed',
      retryable: false,
      message: expect.stringContaining('does not exist. Create it'),
    });
  });

  it('because the bridge may not use it names the permission', async () => {
    const fault = await failing('AccessDeniedException', 400, { message: 'User: bridge is not authorized' });
    expect(fault).toMatchObject({
      code: 'queue_failed',
      retryable: false,
      message: expect.stringContaining('Grant its role sqs:ReceiveMessage on it'),
    });
  });

  it('for a while is a passing fault', async () => {
    expect(await failing('ServiceUnavailable', 503)).toMatchObject({
      code: 'queue_unavailable',
      retryable: true,
    });
  });

  it('asks SQS for all that a record may need', async () => {
    const { queue, server, close } = await wireQueue((_request, response) => answerJson(response, 200, {}));
    await queue.receive(new AbortController().signal);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 20,
      VisibilityTimeout: 30,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'AWSTraceHeader'],
    });
    await close();
  });

  it('hands on the X-Ray header of the sender, wherever it stands', async () => {
    const header = 'Root=1-62bca693-5fa5fe5643dd0b8814c6524c;Parent=50e9a851030eeaee;Sampled=0';
    const asMessageAttribute = { AWSTraceHeader: { DataType: 'String', StringValue: header } };
    // the SDK checks it
    const body = { Body: '{}', MD5OfBody: '99914b932bd37a50b983c5e7c90ae93b' };
    const Messages = [
      { MessageId: '1', ...body, Attributes: { ApproximateReceiveCount: '1', AWSTraceHeader: header } },
      { MessageId: '2', ...body, MessageAttributes: asMessageAttribute },
      { MessageId: '3', ...body },
    ];
    const { queue, close } = await wireQueue((_request, response) => answerJson(response, 200, { Messages }));
    const received = await receive(queue);
    expect(received.map(({ attributes }) => attributes)).toEqual([
      { AWSTraceHeader: header },
      { AWSTraceHeader: header },
      {},
    ]);
    await close();
  });
});
