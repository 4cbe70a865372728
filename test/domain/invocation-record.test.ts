import { describe, expect, it } from 'vitest';
import { parseInvocationRecord } from '../../src/domain/invocation-record.ts';
import { destinationRecord, failureRecord } from '../helpers/invocation-records.ts';

const requestId = 'c2a6f2ae-7dbb-4d22-8782-d0485c9877e2';

describe('a destination record of a success', () => {
  it('tells the result as it came, the version and how often Lambda ran it', () => {
    const responsePayload = '{"n": 1.0,  "big": 12345678901234567890, "s": "\\u00e9"}';
    expect(parseInvocationRecord(destinationRecord({ requestId, responsePayload, count: 2 }))).toEqual({
      requestId,
      functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:sleepy:$LATEST',
      outcome: {
        state: 'succeeded',
        result: responsePayload,
        requestId,
        executedVersion: '$LATEST',
        deliveries: 2,
      },
    });
  });

  it('names the published version of Managed Instances', () => {
    const text = destinationRecord({ requestId }).replaceAll('$LATEST', '$LATEST.PUBLISHED');
    const record = parseInvocationRecord(text);
    expect(record?.outcome.executedVersion).toBe('$LATEST.PUBLISHED');
    expect(record?.functionArn).toMatch(/:sleepy:\$LATEST\.PUBLISHED$/);
  });

  it.each(['null', '"text"', '[]', '0'])('keeps the result %s', (responsePayload) => {
    const record = parseInvocationRecord(destinationRecord({ requestId, responsePayload }));
    expect(record?.outcome).toMatchObject({ state: 'succeeded', result: responsePayload });
  });

  it('leaves out what the ledger could not hold', () => {
    const text = destinationRecord({ requestId, count: 1.5 }).replace('"$LATEST"', '"a\\u0000b"');
    const outcome = parseInvocationRecord(text)?.outcome;
    expect(outcome).toEqual({ state: 'succeeded', requestId, result: '{"ok":true}' });
  });

  it('does not take a result in the shape of an error for a failure', () => {
    const responsePayload = '{"errorType":"ValueError","errorMessage":"a value"}';
    const record = parseInvocationRecord(destinationRecord({ requestId, responsePayload }));
    expect(record?.outcome.state).toBe('succeeded');
  });

  it('has no result when the answer could not be delivered', () => {
    const text = destinationRecord({ requestId, responsePayload: null }).replace(
      /}$/,
      ',"deliveryError":{"statusCode":400,"errorCode":"InvalidRequestContentException"}}',
    );
    const outcome = parseInvocationRecord(text)?.outcome;
    expect(outcome?.state).toBe('succeeded');
    expect(outcome).not.toHaveProperty('result');
  });
});

describe('a destination record of a failure', () => {
  it('tells what the function raised', () => {
    expect(parseInvocationRecord(failureRecord(requestId))?.outcome).toMatchObject({
      state: 'failed',
      requestId,
      deliveries: 3,
      error: {
        kind: 'function_error',
        type: 'ValueError',
        message: 'told to fail',
        stack_trace: ['  File "/var/task/app.py", line 8, in handler\n'],
        retryable: true,
      },
    });
  });

  it('knows a timeout by the payload', () => {
    const responsePayload = `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ${requestId} Error: Task timed out after 2.00 seconds"}`;
    const record = parseInvocationRecord(failureRecord(requestId, { responsePayload }));
    expect(record?.outcome).toMatchObject({ state: 'failed', error: { kind: 'timed_out' } });
  });

  it('is a failure also where the payload was too long for the destination', () => {
    const record = parseInvocationRecord(failureRecord(requestId, { responsePayload: null }));
    expect(record?.outcome).toMatchObject({ state: 'failed', error: { kind: 'function_error' } });
  });

  it('that became too old after a run failed tells of that run', () => {
    const record = parseInvocationRecord(
      failureRecord(requestId, { condition: 'EventAgeExceeded', count: 1 }),
    );
    expect(record?.outcome).toMatchObject({
      error: { kind: 'function_error', message: 'told to fail' },
      deliveries: 1,
    });
  });

  it.each([
    ['too old before it ever ran', { condition: 'EventAgeExceeded', statusCode: 429 }, 'throttled', true],
    [
      'too old, with nothing else told',
      { condition: 'EventAgeExceeded', statusCode: null },
      'throttled',
      true,
    ],
    ['switched off', { condition: 'ZeroReservedConcurrency', statusCode: null }, 'throttled', false],
    ['deleted meanwhile', { condition: 'RetriesExhausted', statusCode: 404 }, 'invoke_rejected', false],
    ['given up for a reason yet unknown', { condition: 'Other', statusCode: 503 }, 'invoke_rejected', true],
  ])('of an event that was %s says so', (_case, parts, kind, retryable) => {
    const text = destinationRecord({ requestId, count: 0, responsePayload: null, ...parts });
    expect(parseInvocationRecord(text)?.outcome).toMatchObject({
      state: 'failed',
      deliveries: 0,
      error: { kind, retryable },
    });
  });
});

describe('a wrapped record', () => {
  it('of EventBridge is read in its detail', () => {
    const text = `{"version":"0","source":"lambda","detail-type":"Lambda Function Invocation Result - Success","detail": ${destinationRecord({ requestId, responsePayload: '1.0' })}}`;
    expect(parseInvocationRecord(text)).toMatchObject({
      requestId,
      outcome: { state: 'succeeded', result: '1.0' },
    });
  });

  it('of SNS is read in its message', () => {
    const text = JSON.stringify({
      Type: 'Notification',
      Message: destinationRecord({ requestId, responsePayload: '1.0' }),
    });
    expect(parseInvocationRecord(text)).toMatchObject({
      requestId,
      outcome: { state: 'succeeded', result: '1.0' },
    });
  });

  it('of SNS may be a dead letter', () => {
    const text = JSON.stringify({
      Type: 'Notification',
      Message: '{"the":"event"}',
      MessageAttributes: {
        RequestID: { Type: 'String', Value: requestId },
        ErrorCode: { Type: 'Number', Value: '200' },
        ErrorMessage: { Type: 'String', Value: 'boom' },
      },
    });
    expect(parseInvocationRecord(text)).toMatchObject({ requestId, outcome: { error: { message: 'boom' } } });
  });
});

describe('a dead letter', () => {
  const read = (ErrorCode: string, ErrorMessage: string) =>
    parseInvocationRecord('{"the":"event"}', { RequestID: requestId, ErrorCode, ErrorMessage });

  it('tells the error of the function in its attributes', () => {
    expect(read('200', 'told to fail')).toEqual({
      requestId,
      outcome: {
        state: 'failed',
        requestId,
        error: { kind: 'function_error', message: 'told to fail', retryable: true },
      },
    });
  });

  it('tells what killed the function, from the message alone', () => {
    const killed = (what: string) => read('200', `RequestId: ${requestId} Error: ${what}`)?.outcome;
    expect(killed('Task timed out after 2.00 seconds')).toMatchObject({ error: { kind: 'timed_out' } });
    expect(killed('Runtime exited with error: signal: killed')).toMatchObject({
      error: { kind: 'out_of_memory' },
    });
  });

  it('tells an event that never ran from one that failed', () => {
    expect(read('429', 'Rate Exceeded.')?.outcome).toMatchObject({ error: { kind: 'throttled' } });
    expect(read('404', 'Function not found')?.outcome).toMatchObject({ error: { kind: 'invoke_rejected' } });
  });

  it('counts by its attributes even when the event looks like a record', () => {
    const other = destinationRecord({ requestId: 'another-one' });
    const attributes = { RequestID: requestId, ErrorCode: '200', ErrorMessage: 'boom' };
    expect(parseInvocationRecord(other, attributes)).toMatchObject({
      requestId,
      outcome: { state: 'failed' },
    });
  });
});

describe('what is no record', () => {
  it.each([
    ['no JSON', 'hello'],
    ['a JSON text', '"hello"'],
    ['a list', '[]'],
    ['an object of somebody else', '{"task_key":"k","return_code":0}'],
    ['a record without a request id', '{"requestContext":{"condition":"Success"}}'],
    ['a record without a condition', `{"requestContext":{"requestId":"${requestId}"}}`],
    ['a request id that is none', '{"requestContext":{"requestId":"a\\u0000b","condition":"Success"}}'],
    ['an S3 test event', '{"Service":"Amazon S3","Event":"s3:TestEvent"}'],
    ['a notification of something else', '{"Type":"Notification","Message":"hello"}'],
  ])('is not taken for one: %s', (_case, text) => {
    expect(parseInvocationRecord(text)).toBeUndefined();
  });
});

describe('the X-Ray header of a message', () => {
  const root = '1-62bca693-5fa5fe5643dd0b8814c6524c';
  const rootIn = (header: string, text = destinationRecord({ requestId })) =>
    parseInvocationRecord(text, { AWSTraceHeader: header })?.traceRoot;

  it.each([
    `Root=${root}`,
    `Root=${root};Parent=50e9a851030eeaee;Sampled=0`,
    `Sampled=1; Root=${root}`,
    `Root=${root};Parent=0296019439621060;Sampled=0;Lineage=ed3a6528:0`,
    `Root=${root};Parent=0296019439621060;Sampled=0;Lineage=1:bd4cecd5:0`,
    `Root=${root};Parent=9a61c4c93febbe99;Sampled=1;Lineage=28b1e350:0%7C74085691:0`,
  ])('tells the root in %s', (header) => {
    expect(rootIn(header)).toBe(root);
  });

  it.each(['', 'Self=1', `Root=${root};Lineage=ed3a6528:1`, `Root=${root};Lineage=28b1e350:0|74085691:2`])(
    'tells no root in "%s"',
    (header) => {
      expect(rootIn(header)).toBeUndefined();
    },
  );

  it('belongs also to a dead letter, and to a record that SNS has wrapped', () => {
    const attributes = { RequestID: requestId, ErrorCode: '200', AWSTraceHeader: `Root=${root}` };
    const dead = parseInvocationRecord('{}', attributes);
    expect(dead).toMatchObject({ requestId, traceRoot: root });
    expect(dead).not.toHaveProperty('functionArn');
    const wrapped = JSON.stringify({ Message: destinationRecord({ requestId }) });
    expect(rootIn(`Root=${root}`, wrapped)).toBe(root);
  });

  it('makes no record of what is none', () => {
    expect(rootIn(`Root=${root}`, '{}')).toBeUndefined();
  });
});
