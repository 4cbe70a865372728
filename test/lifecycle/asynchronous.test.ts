/** Whole bridges with queues and buckets, on the local Lambda emulator and moto. */
import { fileURLToPath } from 'node:url';
import { LambdaClient, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bridge } from '../../src/bridge.ts';
import { submit } from '../helpers/bridge.ts';
import { withFunctionHelper } from '../helpers/function-helper.ts';
import { BUCKET, type Stack, startStack } from '../helpers/stack.ts';
import { until } from '../helpers/until.ts';

const QUEUE_ARN = 'arn:aws:sqs:eu-central-1:123456789012:ends';
const { functionsDir, remove } = await withFunctionHelper(
  fileURLToPath(new URL('../completion/functions', import.meta.url)),
);

let stack: Stack;
let bridge: Bridge;

beforeAll(async () => {
  stack = await startStack({ functionsDir, config: { limits: { pollSeconds: 0.1 } } });
  const sqs = new SQSClient();
  const { QueueUrl: queue = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'ends' }));
  sqs.destroy();
  const lambda = new LambdaClient();
  const DestinationConfig = { OnSuccess: { Destination: QUEUE_ARN }, OnFailure: { Destination: QUEUE_ARN } };
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'sleepy',
      MaximumRetryAttempts: 1,
      DestinationConfig,
    }),
  );
  lambda.destroy();
  bridge = await stack.startReplica({ policies: [{ name: '*', allow: true, queue }] });
});
afterAll(async () => {
  await stack?.stop();
  await remove();
});

const event = (more: object) =>
  submit(bridge.url, { function: 'sleepy', invocation_type: 'Event', ...more }, 30);

it('ends an Event by the record in the queue that its policy names', async () => {
  expect(await event({ payload: { seconds: 0.1 } })).toMatchObject({
    state: 'succeeded',
    settled_by: 'sqs',
    result: { slept: 0.1 },
    attempts: [{ deliveries: 1 }],
  });
  expect(await event({ payload: { fail: true } })).toMatchObject({
    state: 'failed',
    settled_by: 'sqs',
    error: { kind: 'function_error', type: 'ValueError', message: 'told to fail' },
    attempts: [{ deliveries: 2 }],
  });
});

it('ends many at once, each with its own result', async () => {
  const seconds = Array.from({ length: 12 }, (_, n) => n / 100);
  const ends = await Promise.all(seconds.map((one) => event({ payload: { seconds: one } })));
  expect(ends.map(({ result }) => result)).toEqual(seconds.map((slept) => ({ slept })));
});

it('ends an Event by the outcome that the function wrote to S3, and leaves no outcome behind', async () => {
  const ended = await event({
    payload: { seconds: 0 },
    envelope: true,
    completion: ['s3'],
    timeout_seconds: 60,
  });
  expect(ended).toMatchObject({ state: 'succeeded', settled_by: 's3', result: { slept: 0 } });
  await until('its outcome is deleted', async () => {
    const keys = await stack.objects(BUCKET);
    return !keys.some((key) => key.includes('replies/'));
  });
});

it('refers to a large result where the function uploaded it', async () => {
  const length = 1_000_000;
  const ended = await event({
    function: 'large',
    payload: { length },
    envelope: true,
    completion: ['s3'],
    timeout_seconds: 60,
  });
  expect(ended).toMatchObject({
    state: 'succeeded',
    settled_by: 's3',
    result_ref: { size: length + 2, content_type: 'application/json' },
  });
  const answer = await fetch(`${bridge.url}/v1/executions/${ended.id}/result`);
  expect(await answer.text()).toBe(`"${'x'.repeat(length)}"`);
});

it('takes the first of two channels, and the other changes nothing', async () => {
  const ended = await event({
    payload: { seconds: 0 },
    envelope: true,
    completion: ['s3', 'sqs'],
  });
  expect(ended.state).toBe('succeeded');
  expect(['s3', 'sqs']).toContain(ended.settled_by);
  expect(ended.attempts).toHaveLength(1);
});
