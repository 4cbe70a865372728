import {
  GetFunctionEventInvokeConfigCommand,
  InvalidParameterValueException,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Moto, startMoto } from '../../../test/helpers/moto.ts';
import { type Emulator, eventually, startEmulator } from './emulator.ts';

const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:results';
const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function';
const EVENT = { InvocationType: 'Event', LogType: 'None' } as const;

describe('the record of an event', () => {
  let moto: Moto;
  let sqs: SQSClient;
  let s3: S3Client;
  let queueUrl: string;
  let emulator: Emulator;

  beforeAll(async () => {
    moto = await startMoto();
    const settings = {
      endpoint: moto.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    sqs = new SQSClient(settings);
    s3 = new S3Client({ ...settings, forcePathStyle: true });
    queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'results' }))).QueueUrl ?? '';
    await s3.send(
      new CreateBucketCommand({
        Bucket: 'failures',
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', moto.url);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', moto.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    emulator = await startEmulator({ retryDelaysSeconds: [0.05], throttleDelaySeconds: 61 });
  });
  afterEach(() => emulator.reset());
  afterAll(async () => {
    await emulator.stop();
    sqs.destroy();
    s3.destroy();
    await moto.stop();
    vi.unstubAllEnvs();
  });

  const configure = (name: string, OnSuccess: string | null, OnFailure: string | null, more: object = {}) =>
    emulator.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: name,
        DestinationConfig: {
          ...(OnSuccess && { OnSuccess: { Destination: OnSuccess } }),
          ...(OnFailure && { OnFailure: { Destination: OnFailure } }),
        },
        ...more,
      }),
    );
  const receiveMessage = (isWanted: (message: Message) => boolean) =>
    eventually('the message', async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 0,
          MessageSystemAttributeNames: ['AWSTraceHeader'],
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages.find(isWanted);
    });
  const receive = (requestId: string) =>
    eventually('the record', async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      );
      const records = Messages.map(({ Body = '' }) => JSON.parse(Body));
      return records.find(({ requestContext }) => requestContext?.requestId === requestId);
    });

  test('that succeeded goes to the queue, with payload and result', async () => {
    await configure('python_actor', QUEUE, null);
    const { requestId } = await emulator.invoke('python_actor', { payload: 'ümlaut' }, EVENT);
    expect(await receive(requestId)).toEqual({
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
      requestContext: {
        requestId,
        functionArn: `${FUNCTION}:python_actor:$LATEST`,
        condition: 'Success',
        approximateInvokeCount: 1,
      },
      requestPayload: { payload: 'ümlaut' },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { payload: 'ümlaut' },
    });
    const end = await eventually('the delivery', async () => {
      const last = (await emulator.truth()).entries[0]?.ends[0];
      return last?.delivered === null ? null : last;
    });
    expect(end).toMatchObject({ condition: 'Success', destination: QUEUE, delivered: true });
  });

  test('has the trace header of the event as an attribute of its message', async () => {
    await configure('python_actor', QUEUE, null);
    const trace = 'Root=1-6581a8b0-0123456789abcdef01234567';
    const url = `${emulator.url}/2015-03-31/functions/python_actor/invocations`;
    const headers = { 'x-amz-invocation-type': 'Event', 'x-amzn-trace-id': trace };
    await fetch(url, { method: 'POST', body: '{"traced":true}', headers });
    const message = await receiveMessage(({ Body = '' }) => Body.includes('"traced":true'));
    expect(message.Attributes).toMatchObject({ AWSTraceHeader: trace });
  });

  test('that failed for good goes to the dead-letter queue as it came, with the reason in attributes', async () => {
    const { requestId } = await emulator.invoke('dead_letter', { n: 1 }, EVENT);
    const message = await receiveMessage(({ Body }) => Body === '{"n":1}');
    expect(message.MessageAttributes).toEqual({
      RequestID: { DataType: 'String', StringValue: requestId },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: 'asked to fail' },
    });
  });

  test('whose result is not JSON has a delivery error instead', async () => {
    await configure('python_actor', QUEUE, null);
    const { requestId } = await emulator.invoke('python_actor', { action: 'nan' }, EVENT);
    const record = await receive(requestId);
    expect(record).toMatchObject({
      requestContext: { condition: 'Success' },
      responseContext: { statusCode: 200 },
      deliveryError: { statusCode: 400, errorCode: 'InvalidRequestContentException' },
    });
    expect(record).not.toHaveProperty('responsePayload');
  });

  test('names the requested alias and the version that ran', async () => {
    await configure('aliased', QUEUE, null, { Qualifier: 'live' });
    const { requestId } = await emulator.invoke('aliased:live', {}, EVENT);
    expect(await receive(requestId)).toMatchObject({
      requestContext: { functionArn: `${FUNCTION}:aliased:live` },
      responseContext: { statusCode: 200, executedVersion: '3' },
    });
  });

  test('has an invoke count of 1 for a success after failed tries', async () => {
    await configure('flaky', QUEUE, QUEUE);
    const { requestId } = await emulator.invoke('flaky', { failures: 1 }, EVENT);
    expect((await receive(requestId)).requestContext).toMatchObject({
      condition: 'Success',
      approximateInvokeCount: 1,
    });
  });

  test('whose retries are exhausted has the error of the function', async () => {
    await configure('flaky', null, QUEUE, { MaximumRetryAttempts: 1 });
    const { requestId } = await emulator.invoke('flaky', { failures: 9 }, EVENT);
    expect(await receive(requestId)).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'RuntimeError', errorMessage: 'not yet' },
    });
  });

  test('that never ran because it was throttled has status 429', async () => {
    await configure('one_at_a_time', null, QUEUE, { MaximumEventAgeInSeconds: 60 });
    const running = emulator.invoke('one_at_a_time', { seconds: 1 });
    await eventually('the run', async () => (await emulator.truth()).entries[0]?.runs[0]);
    const { requestId } = await emulator.invoke('one_at_a_time', {}, EVENT);
    const record = await receive(requestId);
    expect(record).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
      responseContext: { statusCode: 429 },
    });
    expect(record).not.toHaveProperty('responsePayload');
    await running;
  });

  test('of a function with reserved concurrency 0 has no response', async () => {
    await configure('never', null, QUEUE);
    const { requestId } = await emulator.invoke('never', {}, EVENT);
    const record = await receive(requestId);
    expect(record.requestContext).toMatchObject({
      condition: 'ZeroReservedConcurrency',
      approximateInvokeCount: 0,
    });
    expect(Object.keys(record)).toEqual(['version', 'timestamp', 'requestContext', 'requestPayload']);
  });

  test('that failed goes to the bucket, under function and day', async () => {
    await configure('flaky', null, 'arn:aws:s3:::failures', { MaximumRetryAttempts: 0 });
    const { requestId } = await emulator.invoke('flaky', { failures: 9 }, EVENT);
    const key = await eventually('the object', async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'failures' }));
      return Contents[0]?.Key;
    });
    expect(key).toMatch(
      /^aws\/lambda\/async\/flaky\/(\d{4})\/(\d\d)\/(\d\d)\/\1-\2-\3T\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
    );
    const object = await s3.send(new GetObjectCommand({ Bucket: 'failures', Key: key }));
    expect(object.ContentType).toBe('application/octet-stream');
    expect(JSON.parse((await object.Body?.transformToString()) ?? '')).toMatchObject({
      requestContext: { requestId, condition: 'RetriesExhausted' },
    });
  });

  test('that cannot be delivered is lost, and the emulator logs it', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    await configure('python_actor', `${QUEUE}-missing`, null);
    const { requestId } = await emulator.invoke('python_actor', {}, EVENT);
    const entry = await eventually('the end', async () => {
      const first = (await emulator.truth()).entries[0];
      return first?.ends[0]?.delivered === false ? first : null;
    });
    expect(entry.request_id).toBe(requestId);
    expect(logged).toHaveBeenCalledWith(
      expect.stringMatching(`^The record of ${requestId} cannot be delivered`),
    );
    logged.mockRestore();
  });

  test('goes to the destination of an update, which keeps the other members', async () => {
    await configure('flaky', QUEUE, null, { MaximumRetryAttempts: 1 });
    const updated = await emulator.lambda.send(
      new UpdateFunctionEventInvokeConfigCommand({
        FunctionName: 'flaky',
        DestinationConfig: { OnFailure: { Destination: QUEUE } },
      }),
    );
    const expected = {
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: {}, OnFailure: { Destination: QUEUE } },
    };
    expect(updated).toMatchObject(expected);
    const read = new GetFunctionEventInvokeConfigCommand({ FunctionName: 'flaky' });
    expect(await emulator.lambda.send(read)).toMatchObject(expected);
    const kept = await emulator.lambda.send(
      new UpdateFunctionEventInvokeConfigCommand({ FunctionName: 'flaky', MaximumRetryAttempts: 0 }),
    );
    expect(kept).toMatchObject({ ...expected, MaximumRetryAttempts: 0 });
  });

  test.for([
    ['arn:aws:sqs:eu-central-1:123456789012:ordered.fifo', null],
    ['arn:aws:s3:::failures', null],
    [null, 'arn:aws:sns:eu-central-1:123456789012:topic'],
  ])('is not supported for the destinations %j', async ([onSuccess = null, onFailure = null]) => {
    await expect(configure('flaky', onSuccess, onFailure)).rejects.toBeInstanceOf(
      InvalidParameterValueException,
    );
  });
});
