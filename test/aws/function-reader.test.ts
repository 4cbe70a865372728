import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { FunctionReader, MAX_DURABLE_SECONDS } from '../../src/aws/function-reader.ts';
import { until } from '../helpers/until.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { answerError, answerJson, startWireServer, type WireServer } from './wire-server.ts';

type Answer = Parameters<typeof startWireServer>[0];

let server: WireServer;
let clients: AwsClients;

beforeEach(() => stubAwsEnvironment({ AWS_MAX_ATTEMPTS: '1' }));
afterEach(async () => {
  vi.useRealTimers();
  clients.close();
  await server.close();
  vi.unstubAllEnvs();
});

async function listen(configuration: Answer, eventInvoke: Answer = missing): Promise<FunctionReader> {
  server = await startWireServer((request, response, index) =>
    (request.url.includes('/event-invoke-config') ? eventInvoke : configuration)(request, response, index),
  );
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', server.url);
  clients = createAwsClients({ maxHeldInvocations: 1 });
  return new FunctionReader(clients.lambda);
}

const missing: Answer = (_request, response) => answerError(response, 404, 'ResourceNotFoundException');
const denied: Answer = (_request, response) => answerError(response, 403, 'AccessDeniedException');
const configured: Answer = (_request, response) =>
  answerJson(response, 200, {
    FunctionName: 'report',
    Timeout: 30,
    LoggingConfig: { LogFormat: 'JSON', LogGroup: '/shared/reports', SystemLogLevel: 'WARN' },
  });

describe('the facts of a function', () => {
  it('come from its configuration and its asynchronous settings', async () => {
    const reader = await listen(configured, (_request, response) =>
      answerJson(response, 200, {
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: {
          OnSuccess: { Destination: 'arn:aws:sqs:eu-west-1:123456789012:ends' },
          OnFailure: {},
        },
      }),
    );
    expect(await reader.describe('report', 'live')).toEqual({
      exists: true,
      configured: true,
      managedInstances: false,
      timeoutSeconds: 30,
      logGroup: '/shared/reports',
      logFormat: 'JSON',
      systemLogLevel: 'WARN',
      retryAttempts: 0,
      maxEventAgeSeconds: 60,
      destinations: { onSuccess: true, onFailure: false },
      warnings: [],
    });
    expect(server.requests.map(({ url }) => url).sort()).toEqual([
      '/2015-03-31/functions/report/configuration?Qualifier=live',
      '/2019-09-25/functions/report/event-invoke-config?Qualifier=live',
    ]);
  });

  it("are Lambda's defaults where nothing was configured", async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, { Timeout: 3 }));
    const facts = await reader.describe('arn:aws:lambda:eu-west-1:123456789012:function:report', undefined);
    expect(facts).toEqual({
      exists: true,
      configured: true,
      managedInstances: false,
      timeoutSeconds: 3,
      logGroup: '/aws/lambda/report',
      retryAttempts: 2,
      maxEventAgeSeconds: 21_600,
      destinations: { onSuccess: false, onFailure: false },
      warnings: [],
    });
  });

  it('have what judging the ends of runs takes', async () => {
    const FunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:report:live';
    const reader = await listen((_request, response) =>
      answerJson(response, 200, {
        FunctionArn,
        Runtime: 'provided.al2023',
        PackageType: 'Zip',
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'FATAL', SystemLogLevel: 'INFO' },
        TracingConfig: { Mode: 'Active' },
      }),
    );
    expect(await reader.describe('report', 'live')).toMatchObject({
      configured: true,
      managedInstances: false,
      functionArn: FunctionArn,
      runtime: 'provided.al2023',
      packageType: 'Zip',
      logFormat: 'JSON',
      applicationLogLevel: 'FATAL',
      systemLogLevel: 'INFO',
      tracing: 'Active',
    });
  });

  it('tell nothing of a runtime of a container image', async () => {
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { PackageType: 'Image', TracingConfig: { Mode: 'PassThrough' } }),
    );
    const facts = await reader.describe('report', undefined);
    expect(facts).toMatchObject({ packageType: 'Image', tracing: 'PassThrough' });
    expect(facts).not.toHaveProperty('runtime');
  });

  it('count a dead-letter queue as a destination for failures', async () => {
    const DeadLetterConfig = { TargetArn: 'arn:aws:sqs:eu-west-1:123456789012:dead' };
    const reader = await listen((_request, response) => answerJson(response, 200, { DeadLetterConfig }));
    expect((await reader.describe('report', undefined)).destinations).toEqual({
      onSuccess: false,
      onFailure: true,
    });
  });

  it('leave open where a function sends its ends when that cannot be read', async () => {
    const reader = await listen(configured, denied);
    expect(await reader.describe('report', undefined)).not.toHaveProperty('destinations');
  });

  it.each([
    [{ ExecutionTimeout: 3_600 }, 3_600],
    [{}, MAX_DURABLE_SECONDS],
    [undefined, undefined],
  ])('tell how long a durable execution may take: of %j, %s', async (DurableConfig, seconds) => {
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { Timeout: 3, DurableConfig }),
    );
    expect((await reader.describe('report', '$LATEST')).durableSeconds).toBe(seconds);
  });

  it('say that a function does not exist', async () => {
    const reader = await listen(missing);
    expect(await reader.describe('report', undefined)).toMatchObject({
      exists: false,
      configured: false,
      warnings: [],
    });
  });

  it('are the maxima, with what to grant, when they may not be read', async () => {
    const reader = await listen(denied, denied);
    const facts = await reader.describe('report', undefined);
    expect(facts).toMatchObject({
      exists: 'unknown',
      configured: false,
      timeoutSeconds: 900,
      retryAttempts: 2,
    });
    expect(facts.warnings.map(({ message }) => message).join()).toMatch(
      /lambda:GetFunctionConfiguration.*lambda:GetFunctionEventInvokeConfig/,
    );
  });

  it('are the maxima, with the reason, when the service cannot be reached', async () => {
    const reader = await listen(missing);
    await server.close();
    const facts = await reader.describe('report', undefined);
    expect(facts).toMatchObject({ exists: 'unknown', timeoutSeconds: 900 });
    expect(facts.warnings[0]).toMatchObject({
      code: 'function_unreadable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('are read once for all who ask, and apart for every qualifier', async () => {
    const reader = await listen(configured);
    await Promise.all([reader.describe('report', undefined), reader.describe('report', undefined)]);
    await reader.describe('report', undefined);
    expect(server.requests).toHaveLength(2);
    await reader.describe('report', 'live');
    expect(server.requests).toHaveLength(4);
  });

  it.each([
    ['a minute', configured, 59_000, 61_000],
    ['some seconds when the function is missing', missing, 4_000, 6_000],
  ])('are kept for %s', async (_how, configuration, still, gone) => {
    const reader = await listen(configuration);
    vi.useFakeTimers({ toFake: ['performance'] });
    await reader.describe('report', undefined);
    vi.advanceTimersByTime(still);
    await reader.describe('report', undefined);
    expect(server.requests).toHaveLength(2);
    vi.advanceTimersByTime(gone - still);
    await reader.describe('report', undefined);
    await until('they are read anew', () => server.requests.length === 4);
  });

  it('are new ones where nobody has asked for some minutes', async () => {
    let seconds = 3;
    const reader = await listen((_request, response) => answerJson(response, 200, { Timeout: seconds }));
    vi.useFakeTimers({ toFake: ['performance'] });
    expect(await reader.describe('report', undefined)).toMatchObject({ timeoutSeconds: 3 });
    seconds = 300;
    vi.advanceTimersByTime(120_000);
    expect(await reader.describe('report', undefined)).toMatchObject({ timeoutSeconds: 300 });
  });
});

describe('the obstacle on the way to Lambda', () => {
  it.each([
    ['an answer', configured, undefined],
    ['a refusal', denied, undefined],
    [
      'a page of a gateway',
      ((_request, response) => response.writeHead(502).end('<html>')) as Answer,
      expect.stringContaining('cannot be reached'),
    ],
  ])('is judged by %s', async (_what, answer, expected) => {
    const reader = await listen(answer);
    expect(await reader.unavailableReason()).toEqual(expected);
  });

  it('is told when nothing listens', async () => {
    const reader = await listen(configured);
    await server.close();
    expect(await reader.unavailableReason()).toMatch(
      /^AWS Lambda cannot be reached: connect ECONNREFUSED [^ ]+\.$/,
    );
  });
});
