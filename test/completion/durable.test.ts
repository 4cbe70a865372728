import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import type { Bridge } from '../../src/bridge.ts';
import { apiOf } from '../helpers/api.ts';
import { freshDatabase, startInProcess } from '../helpers/bridge.ts';
import { until } from '../helpers/until.ts';
import { answer, type DurableLambda, startDurableLambda } from './durable-lambda.ts';
import { endsIn } from './findings.ts';
import { behavesAsChannel } from './suite.ts';

const FUNCTIONS = fileURLToPath(new URL('./durable-functions', import.meta.url));

let lambda: DurableLambda;
beforeAll(async () => {
  lambda = await startDurableLambda();
});
afterAll(() => lambda.stop());
afterEach(() => {
  lambda.disturb = () => false;
});

behavesAsChannel('durable', 'Event', { failures: true, logged: false, functionsDir: FUNCTIONS });

behavesAsChannel(
  'durable',
  'Event',
  {
    failures: true,
    logged: false,
    startLambda: async () => ({ url: lambda.url, stop: async () => undefined }),
  },
  (bench) => {
    it('names the start after the attempt, within what Lambda takes', async () => {
      const { attempt } = await bench().invoke('sleepy', {});
      expect(lambda.invokes.at(-1)).toEqual({
        path: expect.stringContaining('Qualifier=%24LATEST'),
        name: `${attempt.id}-1`,
      });
      expect(lambda.invokes.at(-1)?.name).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
    });

    it('carries the result as the function gave it', async () => {
      const outcome = await bench().outcomeOf(await bench().invoke('sleepy', { seconds: 0 }));
      expect(outcome).toEqual({ state: 'succeeded', result: '{"slept": 0}', executedVersion: '$LATEST' });
    });

    it('does not give up what still runs', async () => {
      const { attempt } = await bench().invoke('sleepy', { wait: true });
      expect(await bench().channel.poll?.([{ ...attempt, lastPoll: true }])).toMatchObject([
        { type: 'running' },
      ]);
    });

    it.each([
      ['TIMED_OUT', 'timed_out', undefined, 'ExecutionTimeout'],
      ['STOPPED', 'cancelled', undefined, 'stopped'],
      ['STOPPED', 'cancelled', { ErrorType: 'Operator', ErrorMessage: 'had to' }, 'had to'],
      ['FAILED', 'out_of_memory', { ErrorType: 'Runtime.OutOfMemory', ErrorMessage: 'full' }, 'full'],
      ['FAILED', 'function_error', undefined, 'gave no message'],
    ])('tells %s as %s', async (status, kind, error, message) => {
      const { attempt } = await bench().invoke('sleepy', { wait: true });
      const execution = lambda.executions.at(-1);
      Object.assign(execution ?? {}, { status, error });
      expect(
        await bench().outcomeOf({ attempt, answer: { type: 'answered', statusCode: 202, payload: '' } }),
      ).toMatchObject({
        state: 'failed',
        error: { kind, message: expect.stringContaining(message), retryable: true },
      });
    });

    it('finds a start whose answer was lost by its name, and says what to follow from then on', async () => {
      const { attempt } = await bench().invoke('sleepy', { wait: true });
      const doubted = { ...attempt, phase: 'in_doubt', durableExecutionArn: null } as const;
      expect(await bench().channel.poll?.([doubted])).toEqual([
        {
          attempt: doubted,
          type: 'running',
          paused: false,
          started: { durableExecutionArn: attempt.durableExecutionArn, evidenceSeconds: 21_600 + 60 + 120 },
        },
      ]);
    });

    it('says that a function is not durable when Lambda has no such execution', async () => {
      const { attempt } = await bench().invoke('sleepy', {});
      const plain = { ...attempt, number: 7, durableExecutionArn: null };
      expect(await bench().channel.poll?.([plain])).toMatchObject([{ warning: { code: 'not_durable' } }]);
    });

    it('asks once for all that run, and one by one only for those that have ended', async () => {
      const runs = await Promise.all(
        Array.from({ length: 10 }, (_, at) => bench().invoke('sleepy', at < 8 ? { wait: true } : {})),
      );
      const attempts = runs.map(({ attempt }, at) =>
        at === 0 ? ({ ...attempt, phase: 'in_doubt', durableExecutionArn: null } as const) : attempt,
      );
      await until('two have ended', () =>
        attempts
          .slice(8)
          .every(({ id }) => lambda.executions.find((one) => one.name === `${id}-1`)?.status === 'SUCCEEDED'),
      );
      lambda.reads.length = 0;
      const findings = (await bench().channel.poll?.(attempts)) ?? [];
      expect(lambda.reads.toSorted()).toEqual(['get', 'get', 'list']);
      const of = (id: string) => findings.find(({ attempt }) => attempt.id === id);
      for (const { id } of attempts.slice(0, 8)) expect(of(id)).toMatchObject({ type: 'running' });
      for (const { id } of attempts.slice(8))
        expect(of(id)).toMatchObject({ type: 'ended', outcome: { state: 'succeeded' } });
      const { durableExecutionArn } = runs[0]?.attempt ?? {};
      expect(of(attempts[0]?.id ?? '')).toMatchObject({ started: { durableExecutionArn } });
    });

    it('takes a burst of ends in several looks, so that no look takes long', async () => {
      const runs = await Promise.all(Array.from({ length: 65 }, () => bench().invoke('sleepy', {})));
      const attempts = runs.map(({ attempt }) => attempt);
      await until('all have ended', () =>
        attempts.every(
          ({ id }) => lambda.executions.find((one) => one.name === `${id}-1`)?.status !== 'RUNNING',
        ),
      );
      const first = (await bench().channel.poll?.(attempts)) ?? [];
      expect(endsIn(first)).toHaveLength(60);
      const rest = first.filter((finding) => finding.type === 'not_yet').map(({ attempt }) => attempt);
      const second = (await bench().channel.poll?.(rest)) ?? [];
      expect(endsIn(second)).toHaveLength(5);
    });

    it('stops an execution, also one whose answer was lost', async () => {
      for (const lost of [false, true]) {
        const { attempt } = await bench().invoke('sleepy', { wait: true });
        const known = lost ? { ...attempt, durableExecutionArn: null } : attempt;
        expect(await bench().channel.stop?.(known)).toBe(true);
        expect(lambda.executions.at(-1)?.status).toBe('STOPPED');
      }
    });

    it('stops nothing that it does not find', async () => {
      const { attempt } = await bench().invoke('sleepy', {});
      expect(await bench().channel.stop?.({ ...attempt, number: 7, durableExecutionArn: null })).toBe(false);
    });

    it('says what to grant when it may not look', async () => {
      const { attempt } = await bench().invoke('sleepy', {});
      lambda.disturb = (_call, response) => {
        answer(response, 403, { message: 'no' }, 'AccessDeniedException');
        return true;
      };
      for (const one of [attempt, { ...attempt, durableExecutionArn: null }])
        expect(await bench().channel.poll?.([one])).toMatchObject([
          { warning: { code: 'durable_access_denied' } },
        ]);
    });

    it('gives up none of those that it could not ask for, and reports the others', async () => {
      const good = (await bench().invoke('sleepy', { seconds: 0 })).attempt;
      const bad = (await bench().invoke('sleepy', { seconds: 0 })).attempt;
      const badArn = { ...bad, durableExecutionArn: null };
      await bench().outcomeOf({ attempt: good, answer: { type: 'answered', statusCode: 202, payload: '' } });
      lambda.disturb = (call, response) => {
        if (call === 'list') answer(response, 400, { message: 'what' }, 'InvalidParameterValueException');
        return call === 'list';
      };
      const findings = (await bench().channel.poll?.([good, badArn])) ?? [];
      expect(findings).toHaveLength(2);
      expect(endsIn(findings)).toMatchObject([{ attempt: good, outcome: { state: 'succeeded' } }]);
      expect(findings).toContainEqual({ attempt: badArn, type: 'not_yet' });
      expect(await bench().channel.poll?.([badArn])).toMatchObject([
        { type: 'not_yet', warning: { message: expect.stringContaining('InvalidParameterValueException') } },
      ]);
      const other = { ...badArn, qualifier: 'other' };
      expect(await bench().channel.poll?.([good, other])).toMatchObject([
        { attempt: good, outcome: { state: 'succeeded' } },
        { attempt: other, type: 'not_yet', warning: { code: 'durable_failed' } },
      ]);
    });
  },
);

describe('an execution of a durable function', () => {
  let bridge: Bridge;
  beforeAll(async () => {
    bridge = await startInProcess(lambda.url, await freshDatabase());
  });
  afterAll(() => bridge.stop(0));
  const submit = async (members: object) => {
    const { json, text } = await apiOf(bridge.url).submit({
      function: 'sleepy',
      invocation_type: 'Event',
      ...members,
    });
    if (!json?.id) throw new Error(text);
    return json;
  };
  const ended = async (id: string) => (await apiOf(bridge.url).get(`/v1/executions/${id}?wait=20`)).json;

  it('is followed as one when nobody names a channel', async () => {
    const { id, completion } = await submit({ payload: { seconds: 0.1 } });
    expect(completion).toEqual(['durable']);
    expect(await ended(id)).toMatchObject({
      state: 'succeeded',
      settled_by: 'durable',
      result: { slept: 0.1 },
      durable_execution_arn: expect.stringContaining(`/durable-execution/${id}-1/`),
    });
    expect(lambda.invokes.at(-1)).toEqual({
      path: expect.stringContaining('Qualifier=%24LATEST'),
      name: `${id}-1`,
    });
  });

  it('is started once and found again when every answer was lost, for longer than doubts are held', async () => {
    lambda.disturb = (call, response) => {
      if (call === 'start') response.socket?.destroy();
      return call === 'start';
    };
    const before = lambda.invokes.length;
    const { id } = await submit({ payload: { wait: true } });
    const execution = await until('it is found', () =>
      lambda.executions.find((one) => one.name === `${id}-1`),
    );
    const running = await until('it runs again', async () => {
      const { json } = await apiOf(bridge.url).get(`/v1/executions/${id}`);
      return json.state === 'running' && json.attempts[0]?.phase === 'accepted' && json;
    });
    expect(running.durable_execution_arn).toBe(execution.arn);
    Object.assign(execution, { status: 'SUCCEEDED', result: '1' });
    expect(await ended(id)).toMatchObject({ state: 'succeeded', settled_by: 'durable', result: 1 });
    const names = lambda.invokes.slice(before).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set([`${id}-1`]));
    expect(names.length).toBeGreaterThan(1);
  });

  it('is stopped by a cancel', async () => {
    const { id } = await submit({ payload: { wait: true } });
    const execution = await until('it runs', async () => {
      const { json } = await apiOf(bridge.url).get(`/v1/executions/${id}`);
      return (
        json.attempts[0]?.phase === 'accepted' && lambda.executions.find((one) => one.name === `${id}-1`)
      );
    });
    const { json } = await apiOf(bridge.url).post(`/v1/executions/${id}/cancel`);
    expect(json.cancellation.effect).toBe('stopped');
    expect(execution.status).toBe('STOPPED');
    await until('the attempt has ended too', async () => {
      const { attempts } = (await apiOf(bridge.url).get(`/v1/executions/${id}`)).json;
      return attempts[0].late && attempts[0].error?.kind === 'cancelled';
    });
  });

  it('is stopped by a cancel that comes before its start, or fails', async () => {
    const { promise: begun, resolve: release } = Promise.withResolvers<ServerResponse>();
    let refused = 0;
    lambda.disturb = (call, response) => {
      if (call === 'start') release(response);
      if (call === 'stop' && refused++ === 0) answer(response, 400, { message: 'no' }, 'InvalidParameter');
      return call === 'start' || (call === 'stop' && refused === 1);
    };
    const { id } = await submit({ payload: { wait: true } });
    const held = await begun;
    const { json } = await apiOf(bridge.url).post(`/v1/executions/${id}/cancel`);
    expect(json.cancellation.effect).toBe('recorded');
    const execution = lambda.executions.find((one) => one.name === `${id}-1`);
    answer(held, 202, undefined, undefined, { 'x-amz-durable-execution-arn': execution?.arn ?? '' });
    await until('it is stopped all the same', () => execution?.status === 'STOPPED');
  });
});

describe('a durable function of several invocations', () => {
  it.each(['Event', 'RequestResponse'])(
    'has one result, and the log of them all, invoked by %s',
    async (type) => {
      const local = await startEmulator({ functionsDir: FUNCTIONS });
      const bridge = await startInProcess(local.url, await freshDatabase());
      onTestFinished(async () => {
        await bridge.stop(0);
        await local.stop();
      });
      const api = apiOf(bridge.url);
      const submission = {
        function: 'steps',
        payload: { steps: 3 },
        invocation_type: type,
        completion: ['durable'],
      };
      const { id } = (await api.submit(submission)).json;
      const { json } = await api.get(`/v1/executions/${id}?wait=20`);
      expect(json).toMatchObject({ state: 'succeeded', settled_by: 'durable', result: { steps: 3 } });
      const steps = await until('all lines are there', async () => {
        const { events } = (await api.get(`/v1/executions/${id}/logs`)).json;
        const lines = events.map(({ message }: { message: string }) => message.trim());
        const printed = lines.flatMap((line: string) => /step \d/.exec(line) ?? []);
        return printed.length >= 3 && printed;
      });
      expect(steps).toEqual(['step 0', 'step 1', 'step 2']);
    },
  );
});
