import {
  DurableExecutionAlreadyStartedException,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetFunctionConfigurationCommand,
  InvalidParameterValueException,
  InvokeCommand,
  type InvokeCommandInput,
  ListDurableExecutionsByFunctionCommand,
  type ListDurableExecutionsByFunctionCommandInput,
  ResourceNotFoundException,
  StopDurableExecutionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Endpoint, eventually, startEndpoint } from './endpoint.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:durable_steps';

describe('a durable execution', () => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = await startEndpoint({ throttleDelaySeconds: 0.05 });
  });
  beforeEach(() => endpoint.reset());
  afterAll(() => endpoint.stop());

  async function start(
    name: string | undefined,
    event: object = {},
    more: Partial<InvokeCommandInput> = {},
  ): Promise<string> {
    const answer = await endpoint.lambda.send(
      new InvokeCommand({
        FunctionName: 'durable_steps',
        Qualifier: '$LATEST',
        InvocationType: 'Event',
        DurableExecutionName: name,
        Payload: JSON.stringify(event),
        ...more,
      }),
    );
    return answer.DurableExecutionArn ?? '';
  }
  const get = (DurableExecutionArn: string, IncludeExecutionData?: boolean) =>
    endpoint.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn, IncludeExecutionData }));
  const ended = (arn: string) =>
    eventually('the end of the execution', async () => {
      const seen = await get(arn);
      return seen.Status === 'RUNNING' ? null : seen;
    });
  const history = async (DurableExecutionArn: string, more: object = {}) =>
    endpoint.lambda.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ...more }));
  const list = async (more: Partial<ListDurableExecutionsByFunctionCommandInput> = {}) => {
    const command = new ListDurableExecutionsByFunctionCommand({ FunctionName: 'durable_steps', ...more });
    const { DurableExecutions = [], NextMarker } = await endpoint.lambda.send(command);
    return { names: DurableExecutions.map((one) => one.DurableExecutionName), NextMarker, DurableExecutions };
  };

  test('started by an event runs in steps, and tells its result', async () => {
    const before = Date.now();
    const arn = await start('order-1', { waits: 2, name: 'order' });
    expect(arn).toMatch(
      /^arn:aws:lambda:eu-central-1:123456789012:function:durable_steps:\$LATEST\/durable-execution\/order-1\/[0-9a-f-]{36}$/,
    );
    const running = await get(arn);
    expect(running).toMatchObject({ Status: 'RUNNING', InputPayload: '{"waits":2,"name":"order"}' });
    expect(running).not.toHaveProperty('EndTimestamp');
    const { $metadata: _, ...execution } = await ended(arn);
    expect(execution).toEqual({
      DurableExecutionArn: arn,
      DurableExecutionName: 'order-1',
      FunctionArn: `${ARN}:$LATEST`,
      Status: 'SUCCEEDED',
      InputPayload: '{"waits":2,"name":"order"}',
      Result: '{"steps": 2, "asked": {"waits": 2, "name": "order"}}',
      StartTimestamp: expect.any(Date),
      EndTimestamp: expect.any(Date),
      Version: '$LATEST',
      ExecutionDataIncluded: true,
      DurableConfig: { ExecutionTimeout: 3, RetentionPeriodInDays: 7 },
    });
    expect(execution.StartTimestamp?.getTime()).toBeGreaterThanOrEqual(before);
    expect(execution.EndTimestamp?.getTime()).toBeLessThanOrEqual(Date.now());
    const bare = await get(arn, false);
    expect(bare).toMatchObject({ Status: 'SUCCEEDED', ExecutionDataIncluded: false });
    expect(bare).not.toHaveProperty('Result');
    expect(bare).not.toHaveProperty('InputPayload');
  });

  test('with a result that is no JSON has ended with it, and the endpoint goes on', async () => {
    const { $metadata: _, ...execution } = await ended(await start('nan', { nan: true }));
    expect(execution).toMatchObject({ Status: 'SUCCEEDED', Result: 'NaN' });
  });

  test('has a history, with a request id for each invocation, under which its log stands', async () => {
    const arn = await start('order-2', { waits: 1, name: 'second' });
    await ended(arn);
    const { Events = [] } = await history(arn);
    expect(Events.map(({ EventType }) => EventType)).toEqual([
      'ExecutionStarted',
      'InvocationCompleted',
      'WaitStarted',
      'WaitSucceeded',
      'InvocationCompleted',
      'ExecutionSucceeded',
    ]);
    expect(Events.map(({ EventId }) => EventId)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Events[0]?.ExecutionStartedDetails).toEqual({
      Input: { Payload: '{"waits":1,"name":"second"}' },
      ExecutionTimeout: 3,
    });
    expect(Events[2]?.WaitStartedDetails?.ScheduledEndTimestamp).toBeInstanceOf(Date);
    const ids = Events.flatMap((event) => event.InvocationCompletedDetails?.RequestId ?? []);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) {
      expect(await endpoint.messages('/aws/lambda/durable_steps', `"${id}"`)).toEqual([
        expect.stringContaining('platform.start'),
        expect.stringContaining('platform.report'),
      ]);
    }
    expect((await endpoint.truth()).entries).toMatchObject([
      {
        durable_execution_name: 'order-2',
        durable_execution_arn: arn,
        runs: ids.map((request_id) => ({ request_id, outcome: 'succeeded' })),
        ends: [{ condition: 'SUCCEEDED' }],
      },
    ]);
  });

  test('has its history in pages, backwards, and without its data', async () => {
    const arn = await start('order-3', { waits: 1 });
    await ended(arn);
    const first = await history(arn, { MaxItems: 4, ReverseOrder: true });
    expect(first.Events?.map(({ EventId }) => EventId)).toEqual([6, 5, 4, 3]);
    const second = await history(arn, { MaxItems: 4, ReverseOrder: true, Marker: first.NextMarker });
    expect(second.Events?.map(({ EventId }) => EventId)).toEqual([2, 1]);
    expect(second.NextMarker).toBeUndefined();
    const { Events = [] } = await history(arn, { IncludeExecutionData: false });
    expect(Events[0]?.ExecutionStartedDetails?.Input).toEqual({ Truncated: true });
    expect(Events.at(-1)?.ExecutionSucceededDetails?.Result).toEqual({ Truncated: true });
  });

  test('that fails has the error of the function', async () => {
    const arn = await start('broken', { waits: 1, fail: true });
    expect(await ended(arn)).toMatchObject({
      Status: 'FAILED',
      Error: {
        ErrorType: 'ValueError',
        ErrorMessage: 'asked to fail',
        StackTrace: [expect.stringContaining('app.py')],
      },
    });
    const { Events = [] } = await history(arn);
    expect(Events.at(-2)?.InvocationCompletedDetails?.Error?.Payload?.ErrorType).toBe('ValueError');
    expect(Events.at(-1)?.ExecutionFailedDetails?.Error?.Payload?.ErrorMessage).toBe('asked to fail');
  });

  test('is found again by its name, while it runs and when it has ended', async () => {
    const arn = await start('once', { waits: 1, seconds: 0.3 });
    expect(await start('once', { waits: 1, seconds: 0.3 })).toBe(arn);
    // AWS was seen to answer so while it runs; the documented answer comes when it has ended.
    expect(await start('once', { waits: 9 })).toBe(arn);
    await ended(arn);
    expect(await start('once', { waits: 1, seconds: 0.3 })).toBe(arn);
    const refused = start('once', { waits: 9 });
    await expect(refused).rejects.toBeInstanceOf(DurableExecutionAlreadyStartedException);
    await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 409 } });
    expect((await endpoint.truth()).entries.flatMap(({ runs }) => runs)).toHaveLength(2);
    expect((await list()).names).toEqual(['once']);
  });

  test('is awaited by a synchronous call, also by a second one', async () => {
    const command = new InvokeCommand({
      FunctionName: 'durable_steps:live',
      DurableExecutionName: 'awaited',
      Payload: '{"waits":1}',
    });
    const answers = await Promise.all([endpoint.lambda.send(command), endpoint.lambda.send(command)]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '4' });
      expect(answer.FunctionError).toBeUndefined();
      expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({ steps: 1 });
      expect(answer.DurableExecutionArn).toContain('function:durable_steps:4/durable-execution/awaited/');
    }
    const failed = await endpoint.lambda.send(
      new InvokeCommand({ FunctionName: 'durable_steps:live', Payload: '{"fail":true}' }),
    );
    expect(failed.FunctionError).toBe('Unhandled');
    expect(JSON.parse(failed.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'ValueError' });
  });

  test('that takes too long ends as timed out, and does not go on', async () => {
    const arn = await start('slow', { waits: 1, seconds: 60 });
    const { Status, Error: error, Result } = await ended(arn);
    expect([Status, error, Result]).toEqual(['TIMED_OUT', undefined, undefined]);
    const { Events = [] } = await history(arn);
    expect(Events.at(-1)?.EventType).toBe('ExecutionTimedOut');
    expect(Events.map(({ EventType }) => EventType)).not.toContain('WaitSucceeded');
  });

  test('is stopped with a reason, while it waits and while its function runs', async () => {
    for (const [name, event] of [
      ['waiting', { waits: 1, seconds: 60 }],
      ['working', { sleep: 0.5 }],
    ] as const) {
      const arn = await start(name, event);
      const reason = { ErrorType: 'Cancelled', ErrorMessage: 'no longer wanted' };
      const stop = new StopDurableExecutionCommand({ DurableExecutionArn: arn, Error: reason });
      const { StopTimestamp } = await endpoint.lambda.send(stop);
      expect(StopTimestamp).toBeInstanceOf(Date);
      expect(await get(arn)).toMatchObject({ Status: 'STOPPED', Error: reason, EndTimestamp: StopTimestamp });
      expect((await endpoint.lambda.send(stop)).StopTimestamp).toEqual(StopTimestamp);
    }
    const working = await eventually('the end of the function', async () => {
      const seen = (await endpoint.truth()).entries[1];
      return seen?.runs[0]?.ended_at ? seen : null;
    });
    expect(working).toMatchObject({ ends: [{ condition: 'STOPPED' }] });
    expect((await get(working.durable_execution_arn ?? '')).Status).toBe('STOPPED');
  });

  test('is listed by name, status, qualifier and time, newest first, in pages', async () => {
    const first = await start('first');
    await ended(first);
    const middle = new Date();
    await eventually('another millisecond', () => Date.now() > middle.getTime());
    await start('second', { waits: 1, seconds: 60 });
    await start('third', { waits: 1, seconds: 60 }, { Qualifier: 'live' });
    expect((await list()).names).toEqual(['third', 'second', 'first']);
    expect((await list({ ReverseOrder: true })).names).toEqual(['first', 'second', 'third']);
    expect((await list({ DurableExecutionName: 'second' })).names).toEqual(['second']);
    expect((await list({ Statuses: ['SUCCEEDED', 'FAILED'] })).names).toEqual(['first']);
    expect((await list({ Qualifier: 'live' })).names).toEqual(['third']);
    expect((await list({ Qualifier: '$LATEST' })).names).toEqual(['second', 'first']);
    expect((await list({ StartedAfter: middle })).names).toEqual(['third', 'second']);
    expect((await list({ StartedBefore: middle })).names).toEqual(['first']);
    const page = await list({ MaxItems: 2 });
    expect(page.names).toEqual(['third', 'second']);
    expect((await list({ MaxItems: 2, Marker: page.NextMarker })).names).toEqual(['first']);
    expect(page.DurableExecutions[0]).toMatchObject({
      FunctionArn: `${ARN}:4`,
      Status: 'RUNNING',
      StartTimestamp: expect.any(Date),
    });
  });

  test.for([
    ['without a qualifier', { FunctionName: 'durable_steps' }],
    ['under a bad name', { FunctionName: 'durable_steps:live', DurableExecutionName: 'a b' }],
    ['of a longer timeout than a call may wait', { FunctionName: 'durable_long:$LATEST' }],
    ['of an ordinary function', { FunctionName: 'python_actor', DurableExecutionName: 'name' }],
  ] as const)('%s is refused', async ([, input]) => {
    await expect(endpoint.lambda.send(new InvokeCommand(input))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
    expect((await endpoint.truth()).entries).toEqual([]);
  });

  test('that is not known is refused with 404, and a bad page with 400', async () => {
    const gone = `${ARN}:$LATEST/durable-execution/gone/0`;
    await expect(get(gone)).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(history(gone)).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(list({ MaxItems: 1001 })).rejects.toBeInstanceOf(InvalidParameterValueException);
  });

  test('is told of by the configuration of its function, whose log is in JSON', async () => {
    const command = new GetFunctionConfigurationCommand({ FunctionName: 'durable_steps' });
    expect(await endpoint.lambda.send(command)).toMatchObject({
      DurableConfig: { ExecutionTimeout: 3, RetentionPeriodInDays: 7 },
      LoggingConfig: { LogFormat: 'JSON' },
    });
  });

  test('starts once when its answer is lost and the start is repeated', async () => {
    await endpoint.reset({ seed: 1, rules: [{ fault: 'reset_after', nth: 1 }] });
    await expect(start('lost', { waits: 1 })).rejects.toMatchObject({ code: 'ECONNRESET' });
    const arn = await start('lost', { waits: 1 });
    await ended(arn);
    const { entries } = await endpoint.truth();
    expect(entries.map(({ fault, runs }) => [fault, runs.length])).toEqual([
      ['reset_after', 2],
      [null, 0],
    ]);
  });
});
