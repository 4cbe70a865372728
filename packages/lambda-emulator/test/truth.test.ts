import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Emulator, eventually, startEmulator } from './emulator.ts';

const EVENT = { InvocationType: 'Event', LogType: 'None' } as const;

describe('the truth record', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({
      faults: { seed: 1, log_marker: 'two lines' },
      retryDelaysSeconds: [0.05],
    });
  });
  beforeEach(() => emulator.reset());
  afterAll(() => emulator.stop());

  const only = async () => (await emulator.truth()).entries[0];
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');

  test('has the origin and content of a request, and what the function did', async () => {
    const custom = { execution_id: 'execution-1', attempt: '1' };
    const { requestId, tail } = await emulator.invoke(
      'python_actor',
      { action: 'talk' },
      { ClientContext: Buffer.from(JSON.stringify({ custom })).toString('base64') },
    );
    expect(await only()).toEqual({
      sequence: expect.any(Number),
      revision: expect.any(Number),
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      request_id: requestId,
      function: 'python_actor',
      qualifier: null,
      invocation_type: 'RequestResponse',
      trace_root: null,
      execution_id: 'execution-1',
      durable_execution_name: null,
      durable_execution_arn: null,
      payload_sha256: hash('{"action":"talk"}'),
      fault: null,
      status: 200,
      answer: 'whole',
      ends: [],
      runs: [
        {
          request_id: requestId,
          log_stream: expect.stringContaining('[$LATEST]'),
          started_at: expect.any(String),
          ended_at: expect.any(String),
          outcome: 'succeeded',
          error_type: null,
          result_sha256: hash('null'),
          log_lines: tail.trimEnd().split('\n').length - 5,
          marked_log_lines: 1,
        },
      ],
    });
  });

  test.for([
    [{ action: 'raise' }, { outcome: 'failed', error_type: 'ValueError' }],
    [
      { action: 'exit', status: 7 },
      { outcome: 'failed', error_type: 'Runtime.ExitError' },
    ],
    [{ action: 'hang' }, { outcome: 'timed_out', error_type: 'Sandbox.Timedout' }],
  ] as const)('shows how the function with %j ended', async ([event, run]) => {
    const { text } = await emulator.invoke('python_actor', event);
    expect((await only())?.runs).toMatchObject([{ ...run, result_sha256: hash(text) }]);
  });

  test('has every try of an event, and how it left the queue', async () => {
    const { requestId } = await emulator.invoke('flaky', { failures: 1 }, EVENT);
    const entry = await eventually('the end of the event', async () => {
      const found = await only();
      return found?.ends.length ? found : null;
    });
    expect(entry).toMatchObject({
      request_id: requestId,
      status: 202,
      ends: [{ condition: 'Success', destination: null, delivered: null }],
    });
    expect(entry.runs.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
  });

  test('has the execution id from the envelope and the trace root from the header of an event', async () => {
    await fetch(`${emulator.url}/2015-03-31/functions/python_actor/invocations`, {
      method: 'POST',
      headers: { 'x-amzn-trace-id': 'Root=1-6581a8b0-0123456789abcdef01234567' },
      body: '{"payload":1,"bridge":{"execution_id":"execution-2"}}',
    });
    expect(await only()).toMatchObject({
      execution_id: 'execution-2',
      trace_root: '1-6581a8b0-0123456789abcdef01234567',
    });
  });

  test('shows a run while it is running, and again after it has ended', async () => {
    const running = emulator.invoke('python_actor', { action: 'sleep', seconds: 0.3 });
    const page = await eventually('the run', async () => {
      const current = await emulator.truth();
      return current.entries[0]?.runs[0] ? current : null;
    });
    expect(page.entries[0]?.runs).toMatchObject([{ outcome: 'running', ended_at: null }]);
    await running;
    const changed = await emulator.truth(page.next_after);
    expect(changed.entries).toMatchObject([{ status: 200, runs: [{ outcome: 'succeeded' }] }]);
    expect((await emulator.truth(changed.next_after)).entries).toEqual([]);
  });

  test('omits requests that do not reach a function', async () => {
    await expect(emulator.invoke('nobody')).rejects.toThrow('Function not found');
    await emulator.invoke('python_actor', {}, { InvocationType: 'DryRun' });
    expect(await only()).toBeUndefined();
  });

  test('rejects an invalid cursor, and a reset with an invalid script', async () => {
    const rejection = async (path: string, init?: RequestInit) => {
      const answer = await fetch(`${emulator.url}/local/${path}`, init);
      return [answer.status, ((await answer.json()) as { message: string }).message];
    };
    expect(await rejection('truth?after=x')).toEqual([400, expect.stringContaining('next_after')]);
    expect(await rejection('reset', { method: 'POST', body: '{"faults":{}}' })).toEqual([
      400,
      expect.stringContaining("'seed'"),
    ]);
    expect((await fetch(`${emulator.url}/local/other`)).status).toBe(404);
  });

  test('is cleared by a reset, together with logs and queued events', async () => {
    await emulator.invoke('python_actor');
    await emulator.invoke('flaky', { failures: 9 }, EVENT);
    await emulator.reset();
    expect(await only()).toBeUndefined();
    await expect(emulator.messages('/aws/lambda/python_actor')).rejects.toThrow('does not exist');
    await emulator.invoke('python_actor');
    expect((await emulator.truth()).entries).toHaveLength(1);
  });
});
