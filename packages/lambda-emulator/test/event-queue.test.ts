import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import type { LocalLambdaOptions } from '../src/server.ts';
import { type Endpoint, eventually, startEndpoint } from './endpoint.ts';

describe('an asynchronous event', () => {
  let endpoint: Endpoint;
  afterEach(() => endpoint.stop());

  async function start(options: Partial<LocalLambdaOptions> = {}) {
    endpoint = await startEndpoint({
      retryDelaysSeconds: [0.1, 0.3],
      throttleDelaySeconds: 0.05,
      ...options,
    });
  }

  async function send(name: string, payload: object = {}) {
    const answer = await endpoint.invoke(name, payload, { InvocationType: 'Event', LogType: 'None' });
    expect([answer.status, answer.text, answer.functionError]).toEqual([202, '', undefined]);
    return answer.requestId;
  }

  const conclusion = (requestId: string) =>
    eventually('the end of the event', () => endpoint.events.find((event) => event.requestId === requestId));

  test('is accepted at once and runs under the request id of the answer', async () => {
    await start();
    const requestId = await send('one_at_a_time', { seconds: 0.2 });
    expect(endpoint.events).toEqual([]);
    expect(await conclusion(requestId)).toEqual({
      requestId,
      functionName: 'one_at_a_time',
      condition: 'Success',
      invokeCount: 1,
    });
    expect(endpoint.invocations).toEqual([
      expect.objectContaining({ requestId, invocationType: 'Event', errorType: null }),
    ]);
    const lines = await endpoint.messages('/aws/lambda/one_at_a_time', `"${requestId}"`);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['START', 'END', 'REPORT']);
  });

  test('is tried again twice after errors of the function, after the delays, under the same request id', async () => {
    await start();
    const requestId = await send('flaky', { failures: 9 });
    expect(await conclusion(requestId)).toMatchObject({ condition: 'RetriesExhausted', invokeCount: 3 });
    const starts = (await endpoint.messages('/aws/lambda/flaky', `"START RequestId: ${requestId}"`)).length;
    expect(starts).toBe(3);
    const { invocations } = endpoint;
    expect(invocations.map(({ errorType }) => errorType)).toEqual([
      'RuntimeError',
      'RuntimeError',
      'RuntimeError',
    ]);
  });

  test('ends when a further try succeeds', async () => {
    await start();
    const requestId = await send('flaky', { failures: 1 });
    expect(await conclusion(requestId)).toMatchObject({ condition: 'Success', invokeCount: 2 });
    expect(await endpoint.messages('/aws/lambda/flaky', '"run "')).toEqual(['run 1', 'run 2']);
  });

  test.each([0, 1])(
    'is tried again as often as the event-invoke configuration says: %d',
    async (attempts) => {
      await start();
      await endpoint.lambda.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName: 'flaky', MaximumRetryAttempts: attempts }),
      );
      const requestId = await send('flaky', { failures: 9 });
      expect(await conclusion(requestId)).toMatchObject({
        condition: 'RetriesExhausted',
        invokeCount: attempts + 1,
      });
    },
  );

  test('ends at once when it would be too old for the next try', async () => {
    await start({ retryDelaysSeconds: [61] });
    await endpoint.lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: 'flaky', MaximumEventAgeInSeconds: 60 }),
    );
    const requestId = await send('flaky', { failures: 9 });
    expect(await conclusion(requestId)).toMatchObject({ condition: 'EventAgeExceeded', invokeCount: 1 });
  });

  test('that is throttled goes back to the queue, and its throttles do not count as tries', async () => {
    await start();
    const ids = await Promise.all([1, 2, 3].map(() => send('one_at_a_time', { seconds: 0.2 })));
    const ends = await Promise.all(ids.map(conclusion));
    expect(ends.map(({ condition, invokeCount }) => [condition, invokeCount])).toEqual(
      Array(3).fill(['Success', 1]),
    );
  });

  test('that is throttled for longer than its age limit is dropped', async () => {
    await start({ throttleDelaySeconds: 61 });
    await endpoint.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'one_at_a_time',
        MaximumEventAgeInSeconds: 60,
      }),
    );
    await send('one_at_a_time', { seconds: 0.5 });
    const requestId = await send('one_at_a_time');
    expect(await conclusion(requestId)).toMatchObject({ condition: 'EventAgeExceeded', invokeCount: 0 });
  });

  test('for a function with reserved concurrency 0 never runs', async () => {
    await start();
    const requestId = await send('never');
    expect(await conclusion(requestId)).toMatchObject({
      condition: 'ZeroReservedConcurrency',
      invokeCount: 0,
    });
    expect(endpoint.invocations).toEqual([]);
  });

  test('does not carry a client context to the function', async () => {
    await start();
    const { requestId } = await endpoint.invoke(
      'python_actor',
      { action: 'talk' },
      { InvocationType: 'Event', ClientContext: Buffer.from('{"custom":{}}').toString('base64') },
    );
    expect(await conclusion(requestId)).toMatchObject({ condition: 'Success' });
  });
});
