import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../src/server.ts';
import { type Emulator, eventually, startEmulator } from './emulator.ts';

describe('an asynchronous event', () => {
  let emulator: Emulator;
  afterEach(() => emulator.stop());

  async function start(options: Partial<EmulatorOptions> = {}) {
    emulator = await startEmulator({
      retryDelaysSeconds: [0.1, 0.3],
      throttleDelaySeconds: 0.05,
      ...options,
    });
  }

  async function send(name: string, payload: object = {}) {
    const answer = await emulator.invoke(name, payload, { InvocationType: 'Event', LogType: 'None' });
    expect([answer.status, answer.text, answer.functionError]).toEqual([202, '', undefined]);
    return answer.requestId;
  }

  const end = (requestId: string) =>
    eventually('the end of the event', () => emulator.events.find((event) => event.requestId === requestId));

  test('is accepted at once and runs under the request id of the answer', async () => {
    await start();
    const requestId = await send('one_at_a_time', { seconds: 0.2 });
    expect(emulator.events).toEqual([]);
    expect(await end(requestId)).toEqual({
      requestId,
      functionName: 'one_at_a_time',
      condition: 'Success',
      invokeCount: 1,
    });
    expect(emulator.invocations).toEqual([
      expect.objectContaining({ requestId, invocationType: 'Event', errorType: null }),
    ]);
    const lines = await emulator.messages('/aws/lambda/one_at_a_time', `"${requestId}"`);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['START', 'END', 'REPORT']);
  });

  test('is retried twice after function errors, after the delays, with the same request id', async () => {
    await start();
    const requestId = await send('flaky', { failures: 9 });
    expect(await end(requestId)).toMatchObject({ condition: 'RetriesExhausted', invokeCount: 3 });
    const starts = (await emulator.messages('/aws/lambda/flaky', `"START RequestId: ${requestId}"`)).length;
    expect(starts).toBe(3);
    const { invocations } = emulator;
    expect(invocations.map(({ errorType }) => errorType)).toEqual([
      'RuntimeError',
      'RuntimeError',
      'RuntimeError',
    ]);
  });

  test('ends when a retry succeeds', async () => {
    await start();
    const requestId = await send('flaky', { failures: 1 });
    expect(await end(requestId)).toMatchObject({ condition: 'Success', invokeCount: 2 });
    expect(await emulator.messages('/aws/lambda/flaky', '"run "')).toEqual(['run 1', 'run 2']);
  });

  test.each([0, 1])('is retried as often as the event-invoke configuration says: %d', async (attempts) => {
    await start();
    await emulator.lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: 'flaky', MaximumRetryAttempts: attempts }),
    );
    const requestId = await send('flaky', { failures: 9 });
    expect(await end(requestId)).toMatchObject({
      condition: 'RetriesExhausted',
      invokeCount: attempts + 1,
    });
  });

  test('ends at once if it would be too old for the next try', async () => {
    await start({ retryDelaysSeconds: [61] });
    await emulator.lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: 'flaky', MaximumEventAgeInSeconds: 60 }),
    );
    const requestId = await send('flaky', { failures: 9 });
    expect(await end(requestId)).toMatchObject({ condition: 'EventAgeExceeded', invokeCount: 1 });
  });

  test('that is throttled returns to the queue, and throttles do not count as tries', async () => {
    await start();
    const ids = await Promise.all([1, 2, 3].map(() => send('one_at_a_time', { seconds: 0.2 })));
    const ends = await Promise.all(ids.map(end));
    expect(ends.map(({ condition, invokeCount }) => [condition, invokeCount])).toEqual(
      Array(3).fill(['Success', 1]),
    );
  });

  test('that is throttled for longer than its maximum age is dropped', async () => {
    await start({ throttleDelaySeconds: 61 });
    await emulator.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'one_at_a_time',
        MaximumEventAgeInSeconds: 60,
      }),
    );
    await send('one_at_a_time', { seconds: 0.5 });
    const requestId = await send('one_at_a_time');
    expect(await end(requestId)).toMatchObject({ condition: 'EventAgeExceeded', invokeCount: 0 });
  });

  test('for a function with reserved concurrency 0 never runs', async () => {
    await start();
    const requestId = await send('never');
    expect(await end(requestId)).toMatchObject({
      condition: 'ZeroReservedConcurrency',
      invokeCount: 0,
    });
    expect(emulator.invocations).toEqual([]);
  });

  test('does not carry a client context to the function', async () => {
    await start();
    const { requestId } = await emulator.invoke(
      'python_actor',
      { action: 'talk' },
      { InvocationType: 'Event', ClientContext: Buffer.from('{"custom":{}}').toString('base64') },
    );
    expect(await end(requestId)).toMatchObject({ condition: 'Success' });
  });
});
