import { describe, expect, it } from 'vitest';
import { runsOfTrace, type TraceRun } from '../../src/domain/trace.ts';
import { ARN, AT, attempt, CAUSE, event, FAILED, invocation, run } from './segments.ts';

function runs(documents: object[], truncated = false): TraceRun[] {
  return runsOfTrace(
    documents.map((document) => JSON.stringify(document)),
    truncated,
  );
}

const outcomes = (documents: object[], truncated = false) =>
  runs(documents, truncated).map(({ outcome }) => outcome);

const open = { end_time: undefined };

describe('a held invocation', () => {
  it('has succeeded when both of its segments ended without a mark', () => {
    const expected = [
      {
        requestId: 'r1',
        functionArn: ARN,
        startedAt: AT * 1_000 + 23,
        endedAt: AT * 1_000 + 1_500,
        outcome: 'succeeded',
        child: false,
      },
    ];
    expect(runs([invocation(), run(0)])).toEqual(expected);
    expect(runs([run(0), invocation()])).toEqual(expected);
  });

  it.each([
    ['of the run', [invocation(), run(0, FAILED)]],
    ['of the run, marked as an error', [invocation(), run(0, { error: true, cause: CAUSE })]],
    ['of the run, and Lambda has its own not ended', [invocation(open), run(0, FAILED)]],
    ['of Lambda, with the error in it', [invocation(FAILED)]],
    ['of both', [invocation({ error: true }), run(0, FAILED)]],
  ])('has failed by the segment %s', (_which, documents) => {
    expect(runs(documents)).toMatchObject([
      {
        outcome: 'failed',
        error: {
          kind: 'function_error',
          type: 'ValueError',
          message: 'told to fail',
          stack_trace: ['handler (/var/task/app.py:8)'],
        },
      },
    ]);
  });

  it('has failed without an error when the runtime sent none', () => {
    const [found] = runs([invocation({ fault: true }), run(0)]);
    expect(found).toMatchObject({ outcome: 'failed', error: { kind: 'function_error' } });
    expect(found?.error?.message).toContain('X-Ray');
  });

  it('has timed out, or was out of memory, where the error says so', () => {
    const of = (type: string) => ({ fault: true, cause: { exceptions: [{ type, message: 'm' }] } });
    const kinds = ['Sandbox.Timedout', 'Runtime.OutOfMemory'].map(
      (type) => runs([invocation(), run(0, of(type))])[0]?.error?.kind,
    );
    expect(kinds).toEqual(['timed_out', 'out_of_memory']);
  });

  it.each<[string, object[], boolean?]>([
    ['has no end', [invocation(open), run(0)]],
    ['is in progress', [invocation({ in_progress: true }), run(0)]],
    ['has no run beside it, as after many timeouts', [invocation()]],
    ['has a run that has no end', [invocation(), run(0, open)]],
    ['has a run that is in progress', [invocation(), run(0, { in_progress: true })]],
    ['has a run of another invocation', [invocation(), run(0, { parent_id: 'other' })]],
    ['has a run with an exception and no mark', [invocation(), run(0, { cause: CAUSE })]],
    ['has two runs', [invocation(), run(0), run(1)]],
    [
      'has a run whose handler is marked',
      [invocation(), run(0, { subsegments: [{ id: 'i', name: 'Invocation', start_time: AT, fault: true }] })],
    ],
    ['has no response status', [invocation({ http: undefined }), run(0)]],
    ['was answered with an error of Lambda', [invocation({ http: { response: { status: 502 } } }), run(0)]],
    ['was throttled', [invocation({ http: { response: { status: 429 } }, throttle: true, error: true })]],
    ['is part of a trace that lost segments', [invocation(), run(0)], true],
  ])('is unknown when it %s', (_why, documents, truncated) => {
    expect(outcomes(documents, truncated)).toEqual(['unknown']);
  });

  it('has failed also in a trace that lost segments', () => {
    expect(outcomes([invocation(), run(0, FAILED)], true)).toEqual(['failed']);
  });

  it('succeeds although a call that the function made failed', () => {
    const call = { id: 'c', name: 'DynamoDB', start_time: AT, end_time: AT, fault: true };
    expect(outcomes([invocation(), run(0, { subsegments: [call] })])).toEqual(['succeeded']);
  });

  it.each([[[0, 1]], [[1, 0]]])('is as its last segment says, in the order %j', (order) => {
    const sent = [run(0, { in_progress: true, end_time: undefined }), run(0, FAILED)];
    expect(outcomes([invocation(), ...order.map((at) => sent[at] ?? {})])).toEqual(['failed']);
  });
});

describe('an event', () => {
  it('has a run for each attempt, all with its request id', () => {
    const documents = [
      run(61),
      event([attempt(1, 0, { fault: true }), attempt(2, 61)]),
      run(0, { ...FAILED, id: 'first' }),
    ];
    expect(runs(documents)).toMatchObject([
      { requestId: 'r1', startedAt: AT * 1_000 + 23, outcome: 'failed', error: { type: 'ValueError' } },
      { requestId: 'r1', startedAt: AT * 1_000 + 61_023, outcome: 'succeeded' },
    ]);
  });

  it('may have the attempt as the parent of the run', () => {
    const { id } = attempt(1, 0);
    expect(outcomes([event([attempt(1, 0)]), run(0, { parent_id: id })])).toEqual(['succeeded']);
  });

  it('leaves out attempts that were throttled: nothing ran', () => {
    const throttled = { http: { response: { status: 429 } }, throttle: true, error: true };
    expect(outcomes([event([attempt(1, 0, throttled), attempt(2, 61)]), run(61)])).toEqual(['succeeded']);
  });

  it.each([
    ['it was only accepted', [event([])]],
    ['its run is not there', [event([attempt(1, 0)])]],
    ['its attempt is not there', [event([]), run(0)]],
    ['its attempt has no end', [event([attempt(1, 0, open)]), run(0)]],
    ['its attempt has no status', [event([attempt(1, 0, { http: undefined })]), run(0)]],
    ['the event is marked and no run is', [event([attempt(1, 0)], { fault: true }), run(0)]],
  ])('is unknown when %s, and names its request', (_why, documents) => {
    expect(runs(documents)).toMatchObject([{ requestId: 'r1', functionArn: ARN, outcome: 'unknown' }]);
  });

  it('has failed by a run whose attempt is not there yet', () => {
    expect(outcomes([event([attempt(1, 0)]), run(0), run(61, { ...FAILED, id: 'late' })])).toEqual([
      'succeeded',
      'failed',
    ]);
  });
});

describe('a trace of several functions', () => {
  const child = invocation({
    id: '3a049070bf15849c',
    parent_id: '72196dbd1971fbad',
    aws: { request_id: 'r2' },
    resource_arn: `${ARN}-child`,
    start_time: AT + 1,
  });

  it('tells whose run failed, and which was invoked within the trace', () => {
    const failed = run(1, { parent_id: '3a049070bf15849c', ...FAILED });
    expect(runs([child, failed, invocation(), run(0)])).toMatchObject([
      { requestId: 'r1', functionArn: ARN, outcome: 'succeeded', child: false },
      { requestId: 'r2', functionArn: `${ARN}-child`, outcome: 'failed', child: true },
    ]);
  });

  it('has no runs in other segments, and none in what is no segment', () => {
    const s3 = { id: 'b65ecbebf0c80be7', name: 'S3', start_time: AT, origin: 'AWS::S3', inferred: true };
    const bare = [{}, { id: 1 }, invocation({ aws: {} }), invocation({ resource_arn: undefined })];
    expect(runs([s3, ...bare])).toEqual([]);
    expect(runsOfTrace(['', 'null', '[1]', '{"id":'])).toEqual([]);
  });
});
