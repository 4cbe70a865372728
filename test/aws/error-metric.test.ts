import { describe, expect, it } from 'vitest';
import { ErrorMetricReader } from '../../src/aws/error-metric.ts';
import { useWireClients } from './wire-clients.ts';
import { type Answer, answerError, answerJson } from './wire-server.ts';

const T = 1_790_000_040;
const WINDOW = { from: T * 1_000, to: (T + 180) * 1_000 };

const wire = useWireClients('CLOUDWATCH', { AWS_MAX_ATTEMPTS: '1' });

async function listen(answer: Answer): Promise<ErrorMetricReader> {
  return new ErrorMetricReader((await wire.listen(answer)).cloudwatch);
}

interface Query {
  Id: string;
  AccountId?: string;
  MetricStat: { Metric: { MetricName: string; Dimensions: { Name: string; Value: string }[] } };
}

const asked = () => wire.requests().map(({ body }) => JSON.parse(body).MetricDataQueries as Query[]);

/** @param sums of a minute each, from the beginning of the window; undefined: no datum */
function result(Id: string, sums: (number | undefined)[], StatusCode = 'Complete') {
  const data = sums.flatMap((sum, at) => (sum === undefined ? [] : [[T + 60 * at, sum] as const]));
  return { Id, Timestamps: data.map(([time]) => time), Values: data.map(([, sum]) => sum), StatusCode };
}

describe("Lambda's metrics", () => {
  it('give the sums of each minute of each function, and tell no datum from 0', async () => {
    const reader = await listen((_request, response) =>
      answerJson(response, 200, {
        MetricDataResults: [
          result('e0', [1, undefined, 0]),
          result('i0', [2, 1, 1]),
          result('i1', []),
          result('e1', []),
        ],
      }),
    );
    const targets = [{ function: 'report' }, { function: 'load', qualifier: 'live' }];
    expect(await reader.read(targets, WINDOW)).toEqual({
      type: 'sums',
      minutes: [
        [
          { minute: T * 1_000, invocations: 2, errors: 1 },
          { minute: (T + 60) * 1_000, invocations: 1 },
          { minute: (T + 120) * 1_000, invocations: 1, errors: 0 },
        ],
        [],
      ],
    });
    expect(JSON.parse(wire.requests()[0]?.body ?? '')).toMatchObject({
      StartTime: T,
      EndTime: T + 180,
      MetricDataQueries: [
        {
          Id: 'i0',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/Lambda',
              MetricName: 'Invocations',
              Dimensions: [{ Name: 'FunctionName', Value: 'report' }],
            },
            Period: 60,
            Stat: 'Sum',
          },
        },
        { Id: 'e0' },
        { Id: 'i1' },
        {
          Id: 'e1',
          MetricStat: {
            Metric: {
              MetricName: 'Errors',
              Dimensions: [
                { Name: 'FunctionName', Value: 'load' },
                { Name: 'Resource', Value: 'load:live' },
              ],
            },
          },
        },
      ],
    });
  });

  it('of $LATEST are those of the function: a superset proves no less', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, {}));
    await reader.read([{ function: 'report', qualifier: '$LATEST' }], WINDOW);
    expect(asked()[0]?.[0]?.MetricStat.Metric.Dimensions).toHaveLength(1);
  });

  it('may be spread over pages', async () => {
    const pages = [
      { MetricDataResults: [result('i0', [1], 'PartialData'), result('e0', [0])], NextToken: 'more' },
      { MetricDataResults: [result('i0', [undefined, 4])] },
    ];
    const reader = await listen((_request, response, index) => answerJson(response, 200, pages[index]));
    expect(await reader.read([{ function: 'report' }], WINDOW)).toMatchObject({
      minutes: [[{ invocations: 1, errors: 0 }, { invocations: 4 }]],
    });
  });

  it.each([
    ['a metric is left out', [result('i0', [1])]],
    ['CloudWatch has only a part', [result('i0', [1], 'PartialData'), result('e0', [0])]],
    ['CloudWatch failed', [result('i0', [1]), result('e0', [], 'InternalError')]],
  ])('are absent when %s', async (_why, MetricDataResults) => {
    const reader = await listen((_request, response) => answerJson(response, 200, { MetricDataResults }));
    expect(await reader.read([{ function: 'report' }], WINDOW)).toEqual({
      type: 'sums',
      minutes: [undefined],
    });
  });

  it('are absent when the pages do not end', async () => {
    const MetricDataResults = [result('i0', [1]), result('e0', [0])];
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { MetricDataResults, NextToken: 'again' }),
    );
    expect(await reader.read([{ function: 'report' }], WINDOW)).toMatchObject({ minutes: [undefined] });
    expect(wire.requests()).toHaveLength(10);
  });

  it('of 250 functions take one call', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, {}));
    await reader.read(
      Array.from({ length: 251 }, (_, n) => ({ function: `f${n}` })),
      WINDOW,
    );
    expect(asked().map((queries) => queries.length)).toEqual([500, 2]);
  });

  it('are not those of a function with the same name elsewhere', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, {}));
    const arn = (region: string) => `arn:aws:lambda:${region}:210987654321:function:report`;
    await reader.read([{ function: arn('eu-west-1') }, { function: arn('us-east-1') }], WINDOW);
    expect(asked()).toEqual([
      [
        expect.objectContaining({ Id: 'i0', AccountId: '210987654321' }),
        expect.objectContaining({ Id: 'e0', AccountId: '210987654321' }),
      ],
    ]);
  });
});

describe('metrics that cannot be read', () => {
  it('of another account leave those of the own one', async () => {
    const reader = await listen((request, response) =>
      request.body.includes('AccountId')
        ? answerError(response, 400, 'AccessDeniedException')
        : answerJson(response, 200, { MetricDataResults: [result('i1', [1]), result('e1', [0])] }),
    );
    const foreign = 'arn:aws:lambda:eu-west-1:210987654321:function:report';
    expect(await reader.read([{ function: foreign }, { function: 'report' }], WINDOW)).toMatchObject({
      type: 'sums',
      minutes: [undefined, [{ invocations: 1, errors: 0 }]],
    });
  });

  it('say what to grant when access is denied', async () => {
    const reader = await listen((_request, response) => answerError(response, 400, 'AccessDeniedException'));
    expect(await reader.read([{ function: 'report' }], WINDOW)).toEqual({
      type: 'unreadable',
      warning: {
        code: 'metrics_access_denied',
        message: expect.stringContaining('Grant its role cloudwatch:GetMetricData'),
      },
    });
  });

  it.each([
    [400, 'Throttling'],
    [500, 'InternalServiceFault'],
  ])('are unavailable after a %i %s', async (status, type) => {
    const reader = await listen((_request, response) => answerError(response, status, type));
    const reading = reader.read([{ function: 'report' }], WINDOW);
    await expect(reading).rejects.toMatchObject({ code: 'metrics_unavailable', retryable: true });
  });

  it('fail for good when the request is wrong', async () => {
    const reader = await listen((_request, response) => answerError(response, 400, 'ValidationError'));
    const reading = reader.read([{ function: 'report' }], WINDOW);
    await expect(reading).rejects.toMatchObject({ code: 'metrics_failed', retryable: false });
  });
});
