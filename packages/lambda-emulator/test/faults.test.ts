import { ServiceException, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { FaultPlanner } from '../src/faults/fault-planner.ts';
import { checkFaultScript, type FaultKind, type FaultScript } from '../src/faults/fault-script.ts';
import type { TruthEntry } from '../src/model.ts';
import { type Emulator, eventually, startEmulator } from './emulator.ts';

describe('a fault script', () => {
  let emulator: Emulator;
  afterEach(() => emulator.stop());

  async function start(faults: Omit<FaultScript, 'seed'>) {
    emulator = await startEmulator({ faults: { seed: 7, ...faults }, retryDelaysSeconds: [0.05] });
  }
  const failure = (type: 'RequestResponse' | 'Event' = 'RequestResponse', payload: object = {}) =>
    emulator.invoke('python_actor', payload, { InvocationType: type, LogType: 'None' }).then(
      () => expect.fail('the call should have failed'),
      (error: Error) => error,
    );
  const truth = async () => (await emulator.truth()).entries;
  const whenRun = (runs: number) =>
    eventually(`${runs} runs`, async () =>
      (await truth()).find((entry) => entry.runs.filter(({ ended_at }) => ended_at).length >= runs),
    );

  test.for([
    ['throttle', TooManyRequestsException, 429, 0],
    ['reset_before', Error, 0, 0],
    ['reset_after', Error, 200, 1],
    ['cut_short', Error, 200, 1],
  ] as const)(
    'with %s fails the call, and the truth record shows whether the function ran',
    async ([fault, type, status, runs]) => {
      await start({ rates: { [fault]: 1 } });
      expect(await failure()).toBeInstanceOf(type);
      const [entry] = await truth();
      expect(entry).toMatchObject({ fault, status });
      expect(entry?.runs).toHaveLength(runs);
    },
  );

  test('resets the connection, or cuts an answer short in its body or its headers', async () => {
    await start({
      rules: [{ fault: 'reset_before', contains: 'before' }, { fault: 'cut_short' }],
    });
    expect(await failure('RequestResponse', { at: 'before' })).toMatchObject({ code: 'ECONNRESET' });
    const { href } = new URL('/2015-03-31/functions/python_actor/invocations', emulator.url);
    const answer = await fetch(href, { method: 'POST', body: '{"text":"whole"}' });
    expect(answer.headers.get('content-length')).toBe('17');
    await expect(answer.text()).rejects.toThrow('terminated');
    expect(await failure('Event')).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|HPE_)/) });
  });

  test('throttles as Lambda does, and draws again for a repeated request', async () => {
    await start({ rules: [{ fault: 'throttle', nth: 1 }] });
    expect(await failure()).toMatchObject({
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      retryAfterSeconds: '1',
    });
    expect((await emulator.invoke('python_actor')).text).toBe('{}');
  });

  test('leaves a half-open connection silent while the function runs', async () => {
    await start({ rates: { half_open: 1 } });
    const call = new AbortController();
    const answer = fetch(`${emulator.url}/2015-03-31/functions/python_actor/invocations`, {
      method: 'POST',
      body: '{}',
      signal: call.signal,
    });
    const entry = await whenRun(1);
    expect(entry).toMatchObject({ answer: 'silent', runs: [{ outcome: 'succeeded' }] });
    const first = await Promise.race([
      answer.catch(() => 'failed'),
      new Promise((r) => setImmediate(r, 'silent')),
    ]);
    call.abort();
    expect(first).toBe('silent');
    await expect(answer).rejects.toThrow('aborted');
  });

  test('answers with an HTML page without a request id, whether or not the function ran', async () => {
    await start({ rates: { gateway_502: 1 } });
    for (let number = 0; number < 8; number++) {
      const answer = await fetch(`${emulator.url}/2015-03-31/functions/python_actor/invocations`, {
        method: 'POST',
        body: JSON.stringify({ number }),
      });
      expect(answer.status).toBe(502);
      expect(answer.headers.get('content-type')).toBe('text/html');
      expect(answer.headers.get('x-amzn-requestid')).toBeNull();
      expect(await answer.text()).toContain('502 Bad Gateway');
    }
    const ran = (await truth()).map(({ runs }) => runs.length);
    expect(new Set(ran)).toEqual(new Set([0, 1]));
  });

  test('answers with ServiceException, whether or not the function ran', async () => {
    await start({ rates: { internal_500: 1 } });
    for (let number = 0; number < 8; number++) {
      expect(await failure('RequestResponse', { number })).toBeInstanceOf(ServiceException);
    }
    expect(new Set((await truth()).map(({ runs }) => runs.length))).toEqual(new Set([0, 1]));
  });

  test('runs an event twice with the same request id', async () => {
    await start({ rates: { duplicate_delivery: 1 }, duplicate_seconds: [0, 0.05] });
    const { requestId } = await emulator.invoke(
      'python_actor',
      {},
      { InvocationType: 'Event', LogType: 'None' },
    );
    const { runs } = await whenRun(2);
    expect(runs.map(({ request_id }) => request_id)).toEqual([requestId, requestId]);
    const starts = await emulator.messages('/aws/lambda/python_actor', `"START RequestId: ${requestId}"`);
    expect(starts).toHaveLength(2);
  });

  test('drops an accepted event, and runs the next one', async () => {
    await start({ rules: [{ fault: 'dropped_delivery', contains: 'dropped' }] });
    const type = { InvocationType: 'Event', LogType: 'None' } as const;
    expect((await emulator.invoke('python_actor', { dropped: true }, type)).status).toBe(202);
    await emulator.invoke('python_actor', {}, type);
    await whenRun(1);
    expect((await truth()).map(({ fault, runs }) => [fault, runs.length])).toEqual([
      ['dropped_delivery', 0],
      [null, 1],
    ]);
  });

  test('starts a new environment slowly, and includes the time in its Init Duration', async () => {
    await start({ rules: [{ fault: 'slow_start', contains: 'slow' }], slow_start_seconds: [0.2, 0.3] });
    await emulator.invoke('python_actor');
    const { tail } = await emulator.invoke('python_actor', { slow: true });
    expect(Number(/Init Duration: ([\d.]+) ms/.exec(tail)?.[1])).toBeGreaterThan(190);
  });

  test('delays the log of an invocation', async () => {
    await start({ rules: [{ fault: 'late_logs', contains: 'late' }], late_logs_seconds: [300, 300] });
    const late = await emulator.invoke('python_actor', { late: true });
    const [early] = await Promise.all([emulator.invoke('one_at_a_time')]);
    expect(late.tail).toContain('REPORT');
    expect(await emulator.messages('/aws/lambda/python_actor', `"${late.requestId}"`)).toEqual([]);
    expect(await emulator.messages('/aws/lambda/one_at_a_time', `"${early.requestId}"`)).toHaveLength(3);
  });

  test('shows the REPORT of a shuffled log at once, and lines before it late', async () => {
    await start({ rules: [{ fault: 'shuffled_logs' }], shuffled_logs_seconds: [0.3, 0.6] });
    const { requestId } = await emulator.invoke('python_actor', { action: 'talk' });
    const visible = await emulator.messages('/aws/lambda/python_actor');
    expect(visible).toContainEqual(expect.stringMatching(`^REPORT RequestId: ${requestId}`));
    const all = await eventually('all lines', async () => {
      const found = await emulator.messages('/aws/lambda/python_actor');
      return found.length > visible.length && found.includes('last, with ümlaut') ? found : null;
    });
    expect(all.length).toBeGreaterThan(visible.length);
  });

  test('applies the first matching rule, and no fault if the rule says none', async () => {
    await start({
      rates: { throttle: 1 },
      rules: [
        { fault: 'none', function: 'python_actor', invocation_type: 'RequestResponse' },
        { fault: 'dropped_delivery', invocation_type: 'Event', probability: 1 },
      ],
    });
    await emulator.invoke('python_actor');
    await emulator.invoke('python_actor', {}, { InvocationType: 'Event', LogType: 'None' });
    await expect(emulator.invoke('one_at_a_time')).rejects.toThrow('Rate Exceeded');
    expect((await truth()).map(({ fault }) => fault)).toEqual([null, 'dropped_delivery', 'throttle']);
  });

  test('chooses faults by seed and event, independent of the order of requests', async () => {
    const kinds: FaultKind[] = ['throttle', 'reset_before', 'internal_500', 'late_logs'];
    const rates = Object.fromEntries(kinds.map((kind) => [kind, 0.2]));
    const events = Array.from({ length: 12 }, (_, number) => ({ payload: { fault_key: `event ${number}` } }));
    const run = async (seed: number, ordered: typeof events) => {
      await emulator.reset({ seed, rates });
      for (const event of ordered) {
        const salted = { ...event, bridge: { execution_id: crypto.randomUUID() } };
        await emulator.invoke('python_actor', salted).catch(() => {});
      }
      const chosen = (await truth()).map(({ fault }: TruthEntry, index) => [
        ordered[index]?.payload.fault_key,
        fault,
      ]);
      return Object.fromEntries(chosen);
    };
    await start({});
    const first = await run(1, events);
    expect(new Set(Object.values(first)).size).toBeGreaterThan(2);
    expect(await run(1, events.toReversed())).toEqual(first);
    expect(await run(2, events)).not.toEqual(first);
  });
});

test('the seed decides how and when each Live Tail session breaks, if the script has the range', () => {
  const breaks = (script: FaultScript) => {
    const planner = new FaultPlanner(script, [0, 0]);
    return Array.from({ length: 30 }, () => planner.planLiveTail());
  };
  const first = breaks({ seed: 1, broken_live_tail_seconds: [1, 5] });
  expect(new Set(first.map((one) => one?.how))).toEqual(new Set(['exception', 'reset', 'silence']));
  for (const one of first) {
    expect(one?.afterMs).toBeGreaterThanOrEqual(1000);
    expect(one?.afterMs).toBeLessThanOrEqual(5000);
  }
  expect(breaks({ seed: 1, broken_live_tail_seconds: [1, 5] })).toEqual(first);
  expect(breaks({ seed: 2, broken_live_tail_seconds: [1, 5] })).not.toEqual(first);
  expect(breaks({ seed: 1 })).toEqual(Array(30).fill(null));
});

test.for([
  [{}, "must have required property 'seed'"],
  [{ seed: 1, rates: { throttled: 0.1 } }, 'field "rates.throttled" is not known'],
  [{ seed: 1, rates: { throttle: 2 } }, 'field "rates.throttle" must be <= 1'],
  [{ seed: 1, rates: { throttle: 0.6, cut_short: 0.6 } }, 'the rates are 1.2 together, more than 1'],
  [{ seed: 1, rules: [{ fault: 'fire' }] }, 'field "rules.0.fault" must be equal to one of'],
  [{ seed: 1, slow_start_seconds: [1] }, 'field "slow_start_seconds" must NOT have fewer than 2 items'],
] as const)('the fault script %j is rejected: %s', ([script, message]) => {
  expect(() => checkFaultScript(script)).toThrow(message);
});
