import {
  InvalidRequestContentException,
  InvokeCommand,
  RequestTooLargeException,
  ResourceNotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, eventually, startEmulator } from './emulator.ts';

describe('Invoke', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.stop());

  const post = (name: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${emulator.url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body, headers });
  const failure = (name: string, payload: string, more: object = {}) =>
    emulator.lambda.send(new InvokeCommand({ FunctionName: name, Payload: payload, ...more })).then(
      () => expect.fail('the call should have been rejected'),
      (error: unknown) => error,
    );

  test('has the same request id in header, context, START, END and REPORT', async () => {
    const { requestId, text, tail, executedVersion } = await emulator.invoke('python_actor', {
      action: 'context',
    });
    expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(JSON.parse(text).request_id).toBe(requestId);
    expect(tail).toContain(
      `START RequestId: ${requestId} Version: $LATEST\nEND RequestId: ${requestId}\nREPORT RequestId: ${requestId}\t`,
    );
    expect(executedVersion).toBe('$LATEST');
  });

  test('returns no log tail if none is requested', async () => {
    const { tail } = await emulator.invoke('python_actor', {}, { LogType: 'None' });
    expect(tail).toBe('');
  });

  test('answers a DryRun with 204 without running the function', async () => {
    const before = emulator.invocations.length;
    const { status, text } = await emulator.invoke('python_actor', {}, { InvocationType: 'DryRun' });
    expect([status, text]).toEqual([204, '']);
    expect(emulator.invocations.length).toBe(before);
  });

  test.for([
    'aliased',
    'aliased:live',
    'function:aliased',
    '123456789012:function:aliased:$LATEST',
    'arn:aws:lambda:eu-central-1:123456789012:function:aliased',
    'arn:aws:lambda:eu-central-1:999999999999:function:aliased:live',
  ])('finds the function as %s', async (name) => {
    const live = name.endsWith(':live');
    const { text, executedVersion } = await emulator.invoke(name);
    const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:aliased';
    const suffix = /:(live|\$LATEST)$/.exec(name)?.[0] ?? '';
    expect(JSON.parse(text)).toEqual({ arn: arn + suffix, version: live ? '3' : '$LATEST' });
    expect(executedVersion).toBe(live ? '3' : '$LATEST');
  });

  test.for([
    ['an alias', 'live'],
    ['a version that an alias names', '3'],
  ] as const)('accepts %s as qualifier', async ([, Qualifier]) => {
    const { executedVersion, tail } = await emulator.invoke('aliased', {}, { Qualifier });
    expect(executedVersion).toBe('3');
    expect(tail).toMatch(/START RequestId: \S+ Version: 3\n/);
  });

  test.for([
    ['nobody', {}, 'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:nobody:$LATEST'],
    [
      'aliased',
      { Qualifier: 'nightly' },
      'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:aliased:nightly',
    ],
    [
      'arn:aws:lambda:us-west-2:123456789012:function:aliased',
      {},
      "Functions from 'us-west-2' are not reachable in this region ('eu-central-1')",
    ],
  ] as const)('rejects the unknown function %s %j with 404', async ([name, more, message]) => {
    const error = await failure(name, '{}', more);
    expect(error).toBeInstanceOf(ResourceNotFoundException);
    expect(error).toMatchObject({ message, Type: 'User', $metadata: { httpStatusCode: 404 } });
  });

  test('formats the body of an error as Lambda does', async () => {
    const answer = await post('nobody', '{}');
    expect(answer.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
    expect(await answer.json()).toEqual({
      Type: 'User',
      Message: 'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:nobody:$LATEST',
    });
  });

  test.for([
    [
      'a malformed name',
      'no%20name',
      {},
      'ValidationException',
      /at 'functionName' failed to satisfy constraint/,
    ],
    ['a name that is not URL-encoded', 'no%', {}, 'ValidationException', /must satisfy URL encoding/i],
    [
      'two different qualifiers',
      'aliased:live?Qualifier=3',
      {},
      'InvalidParameterValueException',
      /derived qualifier/,
    ],
    [
      'an unknown invocation type',
      'aliased',
      { 'x-amz-invocation-type': 'Later' },
      'ValidationException',
      /'Later' at 'invocationType'.*\[RequestResponse, Event, DryRun\]/,
    ],
    ['an unknown log type', 'aliased', { 'x-amz-log-type': 'All' }, 'ValidationException', /'logType'/],
    [
      'a client context that is not JSON',
      'aliased',
      { 'x-amz-client-context': 'bm9wZQ==' },
      'InvalidRequestContentException',
      /^Client context must be a valid Base64-encoded JSON object\.$/,
    ],
    [
      'a client context that is null',
      'aliased',
      { 'x-amz-client-context': 'bnVsbA==' },
      'InvalidRequestContentException',
      /JSON object/,
    ],
    [
      'a client context over its limit',
      'aliased',
      { 'x-amz-client-context': 'e'.repeat(3584) },
      'InvalidRequestContentException',
      /3583 bytes/,
    ],
    [
      'a durable execution name',
      'aliased',
      { 'x-amz-durable-execution-name': 'mine' },
      'InvalidParameterValueException',
      /aliased is not a durable function/,
    ],
  ] as const)('rejects %s with 400', async ([, path, headers, type, message]) => {
    const [name, query] = path.split('?');
    const answer = await fetch(`${emulator.url}/2015-03-31/functions/${name}/invocations?${query ?? ''}`, {
      method: 'POST',
      body: '{}',
      headers,
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe(type);
    expect(await answer.json()).toMatchObject({ message: expect.stringMatching(message) });
  });

  test.each(['{"a":', 'text', '\u0000'])(
    'rejects the payload %j, which is not JSON, with 400',
    async (payload) => {
      const error = await failure('python_actor', payload);
      expect(error).toBeInstanceOf(InvalidRequestContentException);
      expect(error).toMatchObject({
        message: expect.stringMatching(/^Could not parse request body into json: /),
        $metadata: { httpStatusCode: 400 },
      });
    },
  );

  test.for([
    ['RequestResponse', 6_291_456],
    ['Event', 1_048_576],
  ] as const)(
    'accepts a payload at the limit of %s and rejects a larger one with 413',
    async ([type, limit]) => {
      const payload = JSON.stringify({ action: 'calls', filling: '' });
      const filled = payload.replace('""', `"${'x'.repeat(limit - payload.length)}"`);
      const answer = await emulator.lambda.send(
        new InvokeCommand({ FunctionName: 'python_actor', InvocationType: type, Payload: filled }),
      );
      expect(answer.FunctionError).toBeUndefined();
      const error = await failure('python_actor', filled.replace('x', 'xx'), { InvocationType: type });
      expect(error).toBeInstanceOf(RequestTooLargeException);
      expect(error).toMatchObject({
        message: `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
        $metadata: { httpStatusCode: 413 },
      });
    },
  );

  test('reads a body that is too large to its end, so that the client gets the 413', async () => {
    const answer = await post('python_actor', JSON.stringify('x'.repeat(30_000_000)));
    expect(answer.status).toBe(413);
  });

  test('rejects an invocation over the reserved concurrency with 429, and accepts the next one when the function is free', async () => {
    const running = emulator.invoke('one_at_a_time', { seconds: 0.5 });
    await eventually('the first invocation', async () =>
      (await emulator.messages('/aws/lambda/one_at_a_time', 'START').catch(() => [])).some((line) =>
        line.startsWith('START'),
      ),
    );
    const error = await failure('one_at_a_time', '{}');
    expect(error).toBeInstanceOf(TooManyRequestsException);
    expect(error).toMatchObject({
      message: 'Rate Exceeded.',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      Type: 'User',
      retryAfterSeconds: '1',
      $metadata: { httpStatusCode: 429 },
    });
    expect((await running).text).toBe('"done"');
    expect((await emulator.invoke('one_at_a_time')).text).toBe('"done"');
  });

  test('rejects every synchronous call of a function with reserved concurrency 0', async () => {
    const answer = await post('never', '{}');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('x-amzn-errortype')).toBe('TooManyRequestsException');
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toEqual({
      Type: 'User',
      message: 'Rate Exceeded.',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
  });

  test("rejects invocations over the account's limit with 429", async () => {
    const small = await startEmulator({ concurrency: 1 });
    try {
      const answers = await Promise.allSettled([
        small.invoke('one_at_a_time', { seconds: 0.3 }),
        small.invoke('python_actor', { action: 'sleep', seconds: 0.3 }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const rejected = answers.find((answer) => answer.status === 'rejected');
      expect(rejected?.reason).toMatchObject({ Reason: 'ConcurrentInvocationLimitExceeded' });
    } finally {
      await small.stop();
    }
  });

  test('passes a sampled trace header to the function, and its root to REPORT', async () => {
    const trace = 'Root=1-6581a8b0-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1';
    const headers = { 'X-Amzn-Trace-Id': trace, 'X-Amz-Log-Type': 'Tail' };
    const answer = await post('python_actor', '{"action":"context"}', headers);
    expect(await answer.json()).toMatchObject({ trace });
    const tail = Buffer.from(answer.headers.get('x-amz-log-result') ?? '', 'base64').toString();
    expect(tail).toMatch(/\tXRAY TraceId: 1-6581a8b0-0123456789abcdef01234567\t\n$/);
    const unsampled = await post('python_actor', '{}', {
      ...headers,
      'X-Amzn-Trace-Id': trace.replace('Sampled=1', 'Sampled=0'),
    });
    const unsampledTail = Buffer.from(unsampled.headers.get('x-amz-log-result') ?? '', 'base64').toString();
    expect(unsampledTail).not.toContain('XRAY');
    const without = await emulator.invoke('python_actor', { action: 'context' });
    expect(JSON.parse(without.text).trace).toBeNull();
    expect(without.tail).not.toContain('XRAY');
  });

  test('rejects an unsupported call, naming it', async () => {
    const answer = await fetch(`${emulator.url}/2015-03-31/functions/aliased/aliases`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      message: expect.stringContaining('GET /2015-03-31/functions/aliased/aliases'),
    });
  });
});
