import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../src/aws/trace-reader.ts';
import { invocation, ROOT, run } from '../domain/segments.ts';
import { useWireClients } from './wire-clients.ts';
import { type Answer, answerError, answerJson } from './wire-server.ts';

const wire = useWireClients('XRAY', { AWS_MAX_ATTEMPTS: '1' });

async function listen(answer: Answer): Promise<TraceReader> {
  return new TraceReader((await wire.listen(answer)).xray);
}

const asked = () => wire.requests().map(({ body }) => JSON.parse(body).TraceIds as string[]);
const roots = (count: number) =>
  Array.from({ length: count }, (_, n) => `1-6937b2f2-${String(n).padStart(24, '0')}`);

function trace(id: string, documents: object[], extra: object = {}) {
  const Segments = documents.map((document) => ({ Document: JSON.stringify(document) }));
  return { Id: id, Duration: 2, LimitExceeded: false, Segments, ...extra };
}

describe('traces', () => {
  it('give the runs of each root, and nothing for a root without a trace', async () => {
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { Traces: [trace(ROOT, [run(0), invocation()])], UnprocessedTraceIds: [] }),
    );
    const read = await reader.find([ROOT, ...roots(1)]);
    if (read.type !== 'traces') throw new Error('they can be read');
    expect(read.unread).toEqual([]);
    expect([...read.runs.keys()]).toEqual([ROOT]);
    expect(read.runs.get(ROOT)).toMatchObject([{ requestId: 'r1', outcome: 'succeeded' }]);
    expect(wire.requests()[0]).toMatchObject({ method: 'POST', url: '/Traces' });
  });

  it('are asked for by five, each once', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, { Traces: [] }));
    const wanted = roots(7);
    await reader.find([...wanted, ...wanted]);
    expect(asked()).toEqual([wanted.slice(0, 5), wanted.slice(5)]);
  });

  it('of one root may be spread over pages', async () => {
    const pages = [
      { Traces: [trace(ROOT, [run(0)])], NextToken: 'more' },
      { Traces: [trace(ROOT, [invocation()])] },
    ];
    const reader = await listen((_request, response, index) => answerJson(response, 200, pages[index]));
    const read = await reader.find([ROOT]);
    expect(read.type === 'traces' && read.runs.get(ROOT)).toMatchObject([{ outcome: 'succeeded' }]);
    expect(JSON.parse(wire.requests()[1]?.body ?? '')).toMatchObject({
      NextToken: 'more',
      TraceIds: [ROOT],
    });
  });

  it('prove no success when X-Ray has dropped segments, or the pages do not end', async () => {
    const whole = [run(0), invocation()];
    let answer: object = { Traces: [trace(ROOT, whole, { LimitExceeded: true })] };
    const reader = await listen((_request, response) => answerJson(response, 200, answer));
    const read = async () => {
      const found = await reader.find([ROOT]);
      return found.type === 'traces' && found.runs.get(ROOT)?.map(({ outcome }) => outcome);
    };
    expect(await read()).toEqual(['unknown']);
    answer = { Traces: [trace(ROOT, whole)], NextToken: 'again' };
    expect(await read()).toEqual(['unknown']);
    expect(wire.requests()).toHaveLength(11);
  });

  it('that X-Ray could not process are named, to be asked for again', async () => {
    const [one = '', two = ''] = roots(2);
    const reader = await listen((_request, response) =>
      answerJson(response, 200, { Traces: [trace(one, [])], UnprocessedTraceIds: [two] }),
    );
    expect(await reader.find([one, two])).toMatchObject({ type: 'traces', unread: [two] });
  });

  it('beyond a hundred are left for the next time', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, { Traces: [] }));
    const wanted = roots(103);
    expect(await reader.find(wanted)).toMatchObject({ type: 'traces', unread: wanted.slice(100) });
    expect(wire.requests()).toHaveLength(20);
  }, 10_000);

  it('of no root cost no call', async () => {
    const reader = await listen((_request, response) => answerJson(response, 200, {}));
    expect(await reader.find([])).toEqual({ type: 'traces', runs: new Map(), unread: [] });
    expect(wire.requests()).toHaveLength(0);
  });
});

describe('traces that cannot be read', () => {
  it('say what to grant when access is denied', async () => {
    const reader = await listen((_request, response) => answerError(response, 403, 'AccessDeniedException'));
    expect(await reader.find([ROOT])).toEqual({
      type: 'unreadable',
      warning: {
        code: 'traces_access_denied',
        message: expect.stringContaining('Grant its role xray:BatchGetTraces'),
      },
    });
  });

  it.each([
    [429, 'ThrottledException'],
    [500, 'InternalFailure'],
  ])('are unavailable after a %i %s', async (status, type) => {
    const reader = await listen((_request, response) => answerError(response, status, type));
    await expect(reader.find([ROOT])).rejects.toMatchObject({ code: 'traces_unavailable', retryable: true });
  });

  it('fail for good when the request is wrong', async () => {
    const reader = await listen((_request, response) =>
      answerError(response, 400, 'InvalidRequestException'),
    );
    await expect(reader.find([ROOT])).rejects.toMatchObject({ code: 'traces_failed', retryable: false });
  });
});
