import { createHash, randomUUID } from 'node:crypto';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { Queue } from '../../src/aws/queue.ts';
import type { ProcessRecord } from '../../src/completion/channel.ts';
import { QueueInbox } from '../../src/completion/queue-inbox.ts';
import { stubAwsEnvironment } from '../aws/aws-environment.ts';
import { answerJson, startWireServer } from '../aws/wire-server.ts';
import { destinationRecord } from '../helpers/invocation-records.ts';
import { recordedLog } from '../helpers/log.ts';
import { type Moto, startMoto } from '../helpers/moto.ts';
import { until } from '../helpers/until.ts';

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

async function createQueue(...bodies: string[]): Promise<Queue> {
  queues += 1;
  const { QueueUrl = '' } = await clients.sqs.send(new CreateQueueCommand({ QueueName: `inbox-${queues}` }));
  const sends = bodies.map((MessageBody) => new SendMessageCommand({ QueueUrl, MessageBody }));
  await Promise.all(sends.map((command) => clients.sqs.send(command)));
  return new Queue(clients.sqs, QueueUrl);
}

function inboxOf(queue: Queue) {
  const { log, lines } = recordedLog();
  return { inbox: new QueueInbox(queue, log), lines };
}

/** Rounds one after the other, as the service makes them. @returns what ends them */
function receiveOn(inbox: QueueInbox, take: ProcessRecord): () => Promise<void> {
  const stop = new AbortController();
  const rounds = (async () => {
    while (!stop.signal.aborted) await inbox.receive(take, stop.signal);
  })();
  return () => {
    stop.abort();
    return rounds;
  };
}

/** Messages in the queue, and how many of them are hidden. */
async function depth({ url }: Queue): Promise<{ visible: number; hidden: number }> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] });
  const { Attributes = {} } = await clients.sqs.send(command);
  return { visible: Number(Attributes[names[0]]), hidden: Number(Attributes[names[1]]) };
}

const record = (requestId: string) => destinationRecord({ requestId });
const empty = { visible: 0, hidden: 0 };

describe('a record', () => {
  it('is deleted only after the ledger has it', async () => {
    const queue = await createQueue(record('known'));
    let during = empty;
    const take: ProcessRecord = async () => {
      during = await depth(queue);
      return 'settled';
    };
    await inboxOf(queue).inbox.receive(take, AbortSignal.timeout(5_000));
    expect(during).toEqual({ visible: 0, hidden: 1 });
    expect(await depth(queue)).toEqual(empty);
  });

  it('stays in the queue when the ledger cannot take it, and holds back no other', async () => {
    const queue = await createQueue(record('bad'), record('good'));
    const seen = new Set<string>();
    const end = receiveOn(inboxOf(queue).inbox, async ({ requestId }) => {
      seen.add(requestId);
      if (requestId === 'bad') throw new Error('the ledger is away');
      return 'settled';
    });
    await until('the good one is deleted, the bad one kept', async () => {
      const { visible, hidden } = await depth(queue);
      return seen.size === 2 && visible + hidden === 1;
    });
    await end();
  });

  it('is taken and deleted when several replicas share the queue', async () => {
    const ids = Array.from({ length: 40 }, () => randomUUID());
    const queue = await createQueue(...ids.map(record));
    const received: string[] = [];
    const take: ProcessRecord = async ({ requestId }) => {
      received.push(requestId);
      return 'settled';
    };
    const ends = [receiveOn(inboxOf(queue).inbox, take), receiveOn(inboxOf(queue).inbox, take)];
    await until('the queue is empty', async () => {
      const { visible, hidden } = await depth(queue);
      return visible + hidden === 0;
    });
    await Promise.all(ends.map((end) => end()));
    // SQS may give one message to both, as it may twice to one; that a second settles nothing is the ledger's matter.
    expect(new Set(received)).toEqual(new Set(ids));
  });
});

describe('a record of an invocation that the ledger does not know', () => {
  it('comes again after a growing delay, is told of once, and never deleted', async () => {
    const calls: { action: string; body: Record<string, unknown> }[] = [];
    const receives = { young: 1, older: 3, foreign: 12 };
    const Messages = Object.entries(receives).map(([id, count]) => ({
      MessageId: id,
      ReceiptHandle: id,
      Body: record(id),
      MD5OfBody: createHash('md5').update(record(id)).digest('hex'),
      Attributes: { ApproximateReceiveCount: String(count) },
    }));
    const server = await startWireServer(({ headers, body }, response) => {
      const action = String(headers['x-amz-target']).replace('AmazonSQS.', '');
      calls.push({ action, body: JSON.parse(body) });
      answerJson(response, 200, action === 'ReceiveMessage' ? { Messages } : {});
    });
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    const wire = createAwsClients({ maxHeldInvocations: 1 });
    const { inbox, lines } = inboxOf(new Queue(wire.sqs, `${server.url}/1/q`));
    const unknown: ProcessRecord = async () => 'unknown';
    await inbox.receive(unknown, AbortSignal.timeout(5_000));
    await inbox.receive(unknown, AbortSignal.timeout(5_000));
    vi.stubEnv('AWS_ENDPOINT_URL', moto.url);
    wire.close();
    await server.close();

    const delays = calls
      .filter(({ action }) => action === 'ChangeMessageVisibility')
      .map(({ body }) => [body['ReceiptHandle'], body['VisibilityTimeout']]);
    expect(Object.fromEntries(delays)).toEqual({ young: 2, older: 18, foreign: 900 });
    expect(calls.filter(({ action }) => action.startsWith('Delete'))).toEqual([]);
    expect(lines).toMatchObject([{ message_id: 'foreign', request_id: 'foreign' }]);
  });
});

describe('a message that is no record', () => {
  it('is deleted, and told of without its content', async () => {
    const queue = await createQueue('my secret', '{"order": "my secret"}');
    const { inbox, lines } = inboxOf(queue);
    const end = receiveOn(inbox, async () => 'settled');
    await until('both are told of', () => lines.length === 2);
    await until('both are gone', async () => (await depth(queue)).hidden === 0);
    await end();
    expect(lines).toMatchObject([{ message_id: expect.any(String) }, { message_id: expect.any(String) }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});
