import {
  DeleteFunctionEventInvokeConfigCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvalidParameterValueException,
  ListFunctionsCommand,
  PutFunctionEventInvokeConfigCommand,
  ResourceNotFoundException,
  UpdateFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function';

describe('the Lambda API', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ concurrency: 20 });
  });
  afterAll(() => emulator.stop());

  test('describes the configuration of a function', async () => {
    const configuration = await emulator.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'aliased', Qualifier: 'live' }),
    );
    expect(configuration).toMatchObject({
      FunctionName: 'aliased',
      FunctionArn: `${ARN}:aliased:live`,
      Runtime: 'python3.12',
      Handler: 'app.handler',
      Timeout: 60,
      MemorySize: 512,
      Version: '3',
      State: 'Active',
      LastUpdateStatus: 'Successful',
      LoggingConfig: { LogFormat: 'Text', LogGroup: 'shared-group' },
    });
  });

  test('describes a function with its reserved concurrency', async () => {
    const { Configuration, Concurrency } = await emulator.lambda.send(
      new GetFunctionCommand({ FunctionName: `${ARN}:one_at_a_time` }),
    );
    expect(Configuration).toMatchObject({
      FunctionArn: `${ARN}:one_at_a_time`,
      Version: '$LATEST',
      Timeout: 3,
      MemorySize: 128,
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/one_at_a_time' },
    });
    expect(Concurrency).toEqual({ ReservedConcurrentExecutions: 1 });
  });

  test('satisfies the waiter for an active function', async () => {
    const waited = await waitUntilFunctionActiveV2(
      { client: emulator.lambda, maxWaitTime: 5 },
      { FunctionName: 'aliased' },
    );
    expect(waited.state).toBe('SUCCESS');
  });

  test('answers ResourceNotFoundException for an unknown function', async () => {
    for (const command of [
      new GetFunctionCommand({ FunctionName: 'nobody' }),
      new GetFunctionConfigurationCommand({ FunctionName: 'nobody' }),
      new GetFunctionEventInvokeConfigCommand({ FunctionName: 'nobody' }),
    ]) {
      await expect(emulator.lambda.send(command as GetFunctionCommand)).rejects.toThrow(
        ResourceNotFoundException,
      );
    }
  });

  test('lists the functions', async () => {
    const { Functions = [] } = await emulator.lambda.send(new ListFunctionsCommand());
    expect(Functions.map(({ FunctionName }) => FunctionName)).toEqual(
      expect.arrayContaining(['aliased', 'node_actor']),
    );
  });

  test('returns the limits of the account', async () => {
    const { AccountLimit, AccountUsage } = await emulator.lambda.send(new GetAccountSettingsCommand());
    expect(AccountLimit).toEqual({ ConcurrentExecutions: 20, UnreservedConcurrentExecutions: 19 });
    expect(AccountUsage?.FunctionCount).toBeGreaterThan(10);
  });

  describe('event-invoke configuration', () => {
    const get = (FunctionName: string, Qualifier?: string) =>
      emulator.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }));

    test('comes from function.json, for the function but not for its alias', async () => {
      const config = await get('aliased');
      expect(config).toMatchObject({
        FunctionArn: `${ARN}:aliased:$LATEST`,
        MaximumRetryAttempts: 1,
        MaximumEventAgeInSeconds: 120,
        DestinationConfig: { OnSuccess: {}, OnFailure: {} },
      });
      expect(Math.abs(Date.now() - (config.LastModified?.getTime() ?? 0))).toBeLessThan(60_000);
      expect(await get('aliased', '$LATEST')).toMatchObject({ MaximumRetryAttempts: 1 });
      await expect(get('aliased', 'live')).rejects.toThrow(
        `The function ${ARN}:aliased:live doesn't have an EventInvokeConfig`,
      );
    });

    test('is replaced by Put, changed in part by Update and removed by Delete', async () => {
      const name = { FunctionName: 'flaky' };
      await expect(emulator.lambda.send(new UpdateFunctionEventInvokeConfigCommand(name))).rejects.toThrow(
        ResourceNotFoundException,
      );
      const put = (input: object) =>
        emulator.lambda.send(new PutFunctionEventInvokeConfigCommand({ ...name, ...input }));
      const put1 = await put({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
      expect(put1).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
      await emulator.lambda.send(
        new UpdateFunctionEventInvokeConfigCommand({ ...name, MaximumEventAgeInSeconds: 90 }),
      );
      expect(await get('flaky')).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 90 });
      await put({ MaximumRetryAttempts: 2 });
      const config = await get('flaky');
      expect([config.MaximumRetryAttempts, config.MaximumEventAgeInSeconds]).toEqual([2, undefined]);
      await emulator.lambda.send(new DeleteFunctionEventInvokeConfigCommand(name));
      await expect(get('flaky')).rejects.toThrow(ResourceNotFoundException);
    });

    test.for([
      ['MaximumRetryAttempts', { MaximumRetryAttempts: 3 }],
      ['MaximumEventAgeInSeconds', { MaximumEventAgeInSeconds: 59 }],
      [
        'OnFailure',
        { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:eu-central-1:123456789012:t' } } },
      ],
    ] as const)('is rejected with an invalid %s', async ([member, input]) => {
      const rejected = emulator.lambda.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName: 'flaky', ...input }),
      );
      await expect(rejected).rejects.toThrow(InvalidParameterValueException);
      await expect(rejected).rejects.toThrow(member);
    });
  });
});
