import { type AddressInfo, createServer } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { type InvokeRequest, LambdaInvoker } from '../../src/aws/lambda-invoker.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { answerError, answerJson, startWireServer, type WireServer } from './wire-server.ts';

const REQUEST: InvokeRequest = {
  function: 'report',
  invocationType: 'RequestResponse',
  logType: 'Tail',
  payload: Buffer.from('{"day": 1}'),
  timeoutMs: 5_000,
};
const REQUEST_ID = '8476a536-e9f4-11e8-9739-2dfe598c3fcd';

let server: WireServer;
let clients: AwsClients | undefined;

/** An environment that asks for five attempts: it must not reach Invoke. */
beforeEach(() => stubAwsEnvironment({ AWS_MAX_ATTEMPTS: '5', AWS_RETRY_MODE: 'adaptive' }));

afterEach(async () => {
  clients?.close();
  clients = undefined;
  await server?.close();
  vi.unstubAllEnvs();
});

async function listen(answer: Parameters<typeof startWireServer>[0]): Promise<LambdaInvoker> {
  server = await startWireServer(answer);
  return invokerAt(server.url);
}

function invokerAt(url: string): LambdaInvoker {
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', url);
  clients = createAwsClients({ maxHeldInvocations: 5 });
  return new LambdaInvoker(clients.invoke);
}

describe('an answered Invoke', () => {
  it('sends the payload byte for byte with its qualifier, types, context and trace root', async () => {
    const invoker = await listen((_request, response) => answerJson(response, 200, {}));
    await invoker.invoke({
      ...REQUEST,
      payload: Buffer.from('{"b":1.0,\n "a":"é"}'),
      qualifier: 'live',
      clientContext: 'e30=',
      traceHeader: 'Root=1-65f0c1d2-0123456789abcdef01234567',
    });
    const [request] = server.requests;
    expect(request?.url).toBe('/2015-03-31/functions/report/invocations?Qualifier=live');
    expect(request?.body).toBe('{"b":1.0,\n "a":"é"}');
    expect(request?.headers).toMatchObject({
      'x-amz-invocation-type': 'RequestResponse',
      'x-amz-log-type': 'Tail',
      'x-amz-client-context': 'e30=',
      'x-amzn-trace-id': 'Root=1-65f0c1d2-0123456789abcdef01234567',
    });
  });

  it('returns the payload, the request id, the version and the decoded log tail', async () => {
    const invoker = await listen((_request, response) =>
      answerJson(
        response,
        200,
        { rows: 3 },
        {
          'X-Amz-Executed-Version': '7',
          'X-Amz-Log-Result': Buffer.from('line é\0\n').toString('base64'),
        },
      ),
    );
    expect(await invoker.invoke(REQUEST)).toEqual({
      type: 'answered',
      statusCode: 200,
      requestId: REQUEST_ID,
      payload: '{"rows":3}',
      logTail: 'line é\uFFFD',
      executedVersion: '7',
    });
  });

  it('tells a function error from a result by the header alone', async () => {
    const payload = { errorType: 'ValueError', errorMessage: 'no rows' };
    const invoker = await listen((_request, response, index) =>
      answerJson(response, 200, payload, index === 0 ? { 'X-Amz-Function-Error': 'Unhandled' } : {}),
    );
    expect(await invoker.invoke(REQUEST)).toMatchObject({ type: 'answered', functionError: 'Unhandled' });
    expect(await invoker.invoke(REQUEST)).not.toHaveProperty('functionError');
    expect(server.requests).toHaveLength(2);
  });

  it('accepts an Event with an empty answer, and asks for no log that AWS would refuse to give', async () => {
    const invoker = await listen((_request, response) => {
      response.writeHead(202, { 'x-amzn-RequestId': REQUEST_ID }).end();
    });
    const answer = await invoker.invoke({ ...REQUEST, invocationType: 'Event' });
    expect(answer).toEqual({ type: 'answered', statusCode: 202, requestId: REQUEST_ID, payload: '' });
    expect(server.requests[0]?.headers['x-amz-log-type']).toBe('None');
  });

  it('repeats without the log tail when another account does not allow log access', async () => {
    const invoker = await listen((request, response) =>
      request.headers['x-amz-log-type'] === 'Tail'
        ? answerError(response, 403, 'AccessDeniedException', {
            message: 'Cross-account log access is not allowed.',
          })
        : answerJson(response, 200, 'done'),
    );
    expect(await invoker.invoke(REQUEST)).toMatchObject({ type: 'answered', payload: '"done"' });
    expect(server.requests.map(({ headers }) => headers['x-amz-log-type'])).toEqual(['Tail', 'None']);
  });
});

describe('an Invoke that surely did not start the function', () => {
  it('may be repeated after a 429, when Retry-After has passed', async () => {
    const invoker = await listen((_request, response) =>
      answerError(response, 429, 'TooManyRequestsException', {
        message: 'Rate Exceeded.',
        headers: { 'Retry-After': '7' },
        members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
      }),
    );
    const answer = await invoker.invoke(REQUEST);
    expect(answer).toMatchObject({
      type: 'refused',
      retryable: true,
      retryAfterSeconds: 7,
      error: { kind: 'throttled', type: 'TooManyRequestsException', retryable: true },
    });
    expect(JSON.stringify(answer)).toContain('ReservedFunctionConcurrentInvocationLimitExceeded');
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [409, 'ResourceConflictException'],
    [409, 'SnapStartNotReadyException'],
    [409, 'CodeArtifactUserPendingException'],
    [408, 'EFSMountTimeoutException'],
    [502, 'ENILimitReachedException'],
    [502, 'KMSAccessDeniedException'],
    [403, 'ExpiredTokenException'],
  ])('may be repeated after a %i %s', async (status, type) => {
    const invoker = await listen((_request, response) => answerError(response, status, type));
    const answer = await invoker.invoke(REQUEST);
    expect(answer).toMatchObject({
      type: 'refused',
      retryable: true,
      error: { kind: 'invoke_rejected', type },
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [400, 'InvalidRequestContentException'],
    [402, 'ServiceQuotaExceededException'],
    [403, 'AccessDeniedException'],
    [404, 'ResourceNotFoundException'],
    [413, 'RequestTooLargeException'],
    [415, 'UnsupportedMediaTypeException'],
  ])('is pointless to repeat after a %i %s', async (status, type) => {
    const invoker = await listen((_request, response) =>
      answerError(response, status, type, { message: 'says AWS' }),
    );
    const answer = await invoker.invoke(REQUEST);
    expect(answer).toMatchObject({
      type: 'refused',
      retryable: false,
      error: { kind: 'invoke_rejected', type },
    });
    expect(JSON.stringify(answer)).toContain('Lambda refused to invoke report: says AWS');
    expect(server.requests).toHaveLength(1);
  });

  it('may be repeated when the connection is refused', async () => {
    const invoker = await listen(() => {});
    await server.close();
    const answer = await invoker.invoke(REQUEST);
    expect(answer).toMatchObject({ type: 'refused', retryable: true, error: { type: 'ECONNREFUSED' } });
  });

  it('may be repeated when the name of the endpoint is not known', async () => {
    const answer = await invokerAt('http://lambda.invalid').invoke(REQUEST);
    expect(answer).toMatchObject({ type: 'refused', retryable: true });
    expect(JSON.stringify(answer)).toContain('getaddrinfo');
  });

  it('may be repeated when the other side does not speak TLS', async () => {
    await listen(() => {});
    const answer = await invokerAt(server.url.replace('http:', 'https:')).invoke(REQUEST);
    expect(answer).toMatchObject({ type: 'refused', retryable: true });
    expect(server.requests).toHaveLength(0);
  });

  it('may be repeated when the other side hangs up during the TLS handshake', async () => {
    const plain = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    const answer = await invokerAt(`https://127.0.0.1:${port}`).invoke(REQUEST);
    plain.close();
    expect(answer).toMatchObject({ type: 'refused', retryable: true, error: { type: 'ECONNRESET' } });
  });

  it('may be repeated when no socket became free in time', async () => {
    await listen(() => {});
    const client = new LambdaClient({
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 200, throwOnRequestTimeout: true, httpAgent: { maxSockets: 1 } },
    });
    const invoker = new LambdaInvoker(client);
    const held = invoker.invoke({ ...REQUEST, timeoutMs: 1_000 });
    await vi.waitUntil(() => server.requests.length === 1);
    expect(await invoker.invoke(REQUEST)).toMatchObject({ type: 'refused', retryable: true });
    await held;
    client.destroy();
    expect(server.requests).toHaveLength(1);
  });

  it('may be repeated when there are no credentials, and says where they are looked for', async () => {
    const invoker = await listen((_request, response) => answerJson(response, 200, {}));
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const answer = await invoker.invoke(REQUEST);
    expect(answer).toMatchObject({
      type: 'refused',
      retryable: true,
      error: { type: 'CredentialsProviderError' },
    });
    expect(JSON.stringify(answer)).toContain('Give the bridge credentials');
    expect(server.requests).toHaveLength(0);
  });

  it('is pointless to repeat when the request cannot be built', async () => {
    const invoker = await listen((_request, response) => answerJson(response, 200, {}));
    const answer = await invoker.invoke({ ...REQUEST, clientContext: 'a\nb' });
    expect(answer).toMatchObject({ type: 'refused' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('an Invoke that may have started the function', () => {
  it.each([
    [500, 'ServiceException'],
    [410, 'EFSIOException'],
    [503, 'ServiceUnavailableException'],
    [408, 'RequestTimeoutException'],
    [502, 'SomethingNewException'],
  ])('is in doubt after a %i %s, with the request id as evidence', async (status, type) => {
    const invoker = await listen((_request, response) => answerError(response, status, type));
    expect(await invoker.invoke(REQUEST)).toMatchObject({ type: 'in_doubt', requestId: REQUEST_ID });
    expect(server.requests).toHaveLength(1);
  });

  it('is in doubt when the connection closes after the request was read', async () => {
    const invoker = await listen((_request, response) => response.destroy());
    expect(await invoker.invoke(REQUEST)).toMatchObject({ type: 'in_doubt' });
    expect(server.requests).toHaveLength(1);
  });

  it('is in doubt when the answer breaks off, with the request id from its head', async () => {
    const invoker = await listen((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100', 'x-amzn-RequestId': REQUEST_ID });
      response.write('{"ro', () => response.destroy());
    });
    expect(await invoker.invoke(REQUEST)).toMatchObject({ type: 'in_doubt', requestId: REQUEST_ID });
    expect(server.requests).toHaveLength(1);
  });

  it('is in doubt when no answer comes in time', async () => {
    const invoker = await listen(() => {});
    expect(await invoker.invoke({ ...REQUEST, timeoutMs: 200 })).toMatchObject({ type: 'in_doubt' });
    expect(server.requests).toHaveLength(1);
  });
});
