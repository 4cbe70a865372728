import { describe, expect, it } from 'vitest';
import { DurableExecutions } from '../../src/aws/durable.ts';
import { useWireClients } from './wire-clients.ts';
import { type Answer, answerError, answerJson } from './wire-server.ts';

const ARN =
  'arn:aws:lambda:eu-west-1:123456789012:function:report:$LATEST/durable-execution/name-1/9f7d84c9-ea3d';
const PATH = `/2025-12-01/durable-executions/${encodeURIComponent(ARN)}`;

const wire = useWireClients('LAMBDA', { AWS_MAX_ATTEMPTS: '1' });

async function listen(answer: Answer): Promise<DurableExecutions> {
  return new DurableExecutions((await wire.listen(answer)).lambda);
}

const asked = () => wire.requests().map(({ method, url }) => `${method} ${url}`);
const queryOf = (at: number) => new URL(wire.requests()[at]?.url ?? '', 'http://x').searchParams;
const state = (members: object) => ({ DurableExecutionArn: ARN, DurableExecutionName: 'name-1', ...members });

describe('a durable execution', () => {
  it('is read without its data while it runs', async () => {
    const durable = await listen((_request, response) =>
      answerJson(response, 200, state({ Status: 'RUNNING' })),
    );
    expect(await durable.get(ARN)).toEqual({ type: 'found', value: { status: 'RUNNING' } });
    expect(asked()).toEqual([`GET ${PATH}?IncludeExecutionData=false`]);
  });

  it('is read with its result when it has ended', async () => {
    const ended = { Status: 'SUCCEEDED', Version: '3', Result: '{"a": 1.0}' };
    const durable = await listen((_request, response) => answerJson(response, 200, state(ended)));
    expect(await durable.get(ARN)).toEqual({
      type: 'found',
      value: { status: 'SUCCEEDED', version: '3', result: '{"a": 1.0}' },
    });
    expect(asked().at(-1)).toBe(`GET ${PATH}?IncludeExecutionData=true`);
  });

  it('tells why it failed', async () => {
    const error = { ErrorType: 'ValueError', ErrorMessage: 'no', StackTrace: ['a', 'b'] };
    const durable = await listen((_request, response) =>
      answerJson(response, 200, state({ Status: 'FAILED', Error: error })),
    );
    expect(await durable.get(ARN)).toEqual({
      type: 'found',
      value: { status: 'FAILED', error: { type: 'ValueError', message: 'no', stackTrace: ['a', 'b'] } },
    });
  });

  it('is found by its whole name only', async () => {
    const durable = await listen((_request, response) =>
      answerJson(response, 200, {
        DurableExecutions: [
          { DurableExecutionArn: 'other', DurableExecutionName: 'name-10' },
          { DurableExecutionArn: ARN, DurableExecutionName: 'name-1' },
        ],
      }),
    );
    expect(await durable.find('report', '$LATEST', 'name-1')).toEqual({ type: 'found', value: ARN });
    expect(await durable.find('report', undefined, 'name-2')).toEqual({ type: 'missing' });
    expect(wire.requests()[0]?.url).toMatch(/^\/2025-12-01\/functions\/report\/durable-executions\?/);
    expect(Object.fromEntries(queryOf(0))).toMatchObject({
      Qualifier: '$LATEST',
      DurableExecutionName: 'name-1',
    });
    expect(queryOf(1).has('Qualifier')).toBe(false);
  });

  it.each(['PAUSING', 'PAUSED', 'DELETING', 'SLEEPING'])('may have the status %s', async (Status) => {
    const durable = await listen((_request, response) => answerJson(response, 200, state({ Status })));
    expect(await durable.get(ARN)).toEqual({ type: 'found', value: { status: Status } });
    expect(asked()).toHaveLength(1);
  });

  it('is listed without those that are paused where the Region does not know pauses', async () => {
    const durable = await listen((request, response) =>
      request.url.includes('PAUSED')
        ? answerError(response, 400, 'InvalidParameterValueException')
        : answerJson(response, 200, { DurableExecutions: [] }),
    );
    for (let call = 0; call < 2; call += 1)
      expect(await durable.open('report', 'live', new Date(0))).toEqual({ type: 'found', value: new Map() });
    expect([0, 1, 2].map((at) => queryOf(at).getAll('Statuses').length)).toEqual([3, 1, 1]);
    expect(wire.requests()).toHaveLength(3);
  });

  it('is listed by name with all others that have not ended, page by page', async () => {
    const durable = await listen((_request, response, index) =>
      answerJson(response, 200, {
        DurableExecutions: [
          {
            DurableExecutionArn: `arn-${index}`,
            DurableExecutionName: `name-${index}`,
            Status: index === 0 ? 'PAUSED' : 'RUNNING',
          },
        ],
        ...(index === 0 ? { NextMarker: 'more' } : {}),
      }),
    );
    const found = await durable.open('report', 'live', new Date(1_700_000_000_000));
    expect(found).toEqual({
      type: 'found',
      value: new Map([
        ['name-0', { arn: 'arn-0', status: 'PAUSED' }],
        ['name-1', { arn: 'arn-1', status: 'RUNNING' }],
      ]),
    });
    expect(Object.fromEntries(queryOf(1))).toMatchObject({
      Qualifier: 'live',
      Marker: 'more',
      MaxItems: '1000',
    });
    expect(queryOf(1).getAll('Statuses')).toEqual(['RUNNING', 'PAUSING', 'PAUSED']);
    expect(queryOf(1).get('StartedAfter')).toContain('2023-11-14');
  });

  it('names its invocations, page by page', async () => {
    const done = (id: string) => ({
      EventType: 'InvocationCompleted',
      InvocationCompletedDetails: { RequestId: id },
    });
    const durable = await listen((_request, response, index) =>
      answerJson(
        response,
        200,
        index === 0
          ? { Events: [{ EventType: 'ExecutionStarted' }, done('r1')], NextMarker: 'more' }
          : { Events: [done('r2')] },
      ),
    );
    expect(await durable.requestIds(ARN)).toEqual({ type: 'found', value: ['r1', 'r2'] });
    expect(queryOf(1).get('Marker')).toBe('more');
  });

  it('is stopped with the reason', async () => {
    const durable = await listen((_request, response) => answerJson(response, 200, { StopTimestamp: 1 }));
    expect(await durable.stop(ARN, { type: 'Cancelled', message: 'on request' })).toMatchObject({
      type: 'found',
    });
    expect(asked()).toEqual([`POST ${PATH}/stop`]);
    expect(JSON.parse(wire.requests()[0]?.body ?? '')).toMatchObject({
      ErrorType: 'Cancelled',
      ErrorMessage: 'on request',
    });
  });
});

describe('what cannot be read', () => {
  const calls: [string, (durable: DurableExecutions) => Promise<unknown>, string][] = [
    ['the execution', (durable) => durable.get(ARN), 'lambda:GetDurableExecution'],
    [
      'the list',
      (durable) => durable.find('report', undefined, 'n'),
      'lambda:ListDurableExecutionsByFunction',
    ],
    ['the history', (durable) => durable.requestIds(ARN), 'lambda:GetDurableExecutionHistory'],
    ['the stop', (durable) => durable.stop(ARN, { type: 'a', message: 'b' }), 'lambda:StopDurableExecution'],
  ];

  it.each(calls)('%s: missing when Lambda does not know it', async (_what, call) => {
    const durable = await listen((_request, response) =>
      answerError(response, 404, 'ResourceNotFoundException'),
    );
    expect(await call(durable)).toEqual({ type: 'missing' });
  });

  it.each(calls)('%s: names the permission that is needed', async (_what, call, permission) => {
    const durable = await listen((_request, response) => answerError(response, 403, 'AccessDeniedException'));
    expect(await call(durable)).toMatchObject({
      type: 'unreadable',
      warning: { code: 'durable_access_denied', message: expect.stringContaining(`${permission} on`) },
    });
  });

  it.each(calls)('%s: may be asked again after an overload', async (_what, call) => {
    const durable = await listen((_request, response) =>
      answerError(response, 429, 'TooManyRequestsException'),
    );
    await expect(call(durable)).rejects.toMatchObject({ code: 'durable_unavailable', retryable: true });
  });

  it.each(calls)('%s: is a fault when Lambda refuses the question', async (_what, call) => {
    const durable = await listen((_request, response) =>
      answerError(response, 400, 'InvalidParameterValueException'),
    );
    await expect(call(durable)).rejects.toMatchObject({ code: 'durable_failed', retryable: false });
  });
});
