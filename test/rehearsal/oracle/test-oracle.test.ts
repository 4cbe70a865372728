import { describe, expect, it } from 'vitest';
import type { TruthEntry } from '../../../packages/lambda-emulator/src/model.ts';
import { newId, traceRoot } from '../../../src/domain/id.ts';
import type { Observed } from '../observed.ts';
import {
  attempt,
  entry,
  failed,
  ID,
  observe,
  RESULT,
  run,
  submission,
  submissionTo,
  withTimeout,
} from './test-cases.ts';
import { checkExecution, unaccounted } from './test-oracle.ts';

describe('the test oracle', () => {
  it('finds nothing where the bridge reports what happened', () => {
    const result = checkExecution(observe({}, { result: RESULT }), [entry([run('succeeded')])]);
    const nothing = {
      mismatches: [],
      invokedTwice: false,
      foreignLines: [],
      missingLines: 0,
      logIncomplete: false,
    };
    expect(result).toMatchObject(nothing);
    const error = observe(failed('function_error', 'E'));
    expect(checkExecution(error, [entry([run('failed', 'E')])]).mismatches).toEqual([]);
    const lost = observe(failed('lost'), { logLines: [] });
    expect(checkExecution(lost, [entry([])]).mismatches).toEqual([]);
    const settledByLogs = observe({ settled_by: 'logs' });
    expect(checkExecution(settledByLogs, [entry([run('succeeded')])]).mismatches).toEqual([]);
  });

  it('accepts deadline_exceeded where a timeout was given and every run was killed', () => {
    const one = { ...observe(failed('deadline_exceeded')), submission: withTimeout('s3') };
    expect(checkExecution({ ...one, logLines: [] }, [entry([])]).mismatches).toEqual([]);
    expect(checkExecution(one, [entry([run('timed_out', 'Sandbox.Timedout')])]).mismatches).toEqual([]);
  });

  it("accepts lost with the channel none where Lambda's response was lost", () => {
    const one = observe(failed('lost'), { submission: submission('none') });
    const truth: TruthEntry[] = [{ ...entry([run('succeeded')]), answer: 'cut_short' }];
    expect(checkExecution(one, truth).mismatches).toEqual([]);
  });

  it('accepts lost of an untraced function that ran only where its attempt was in doubt', () => {
    const untraced = submissionTo('untraced_node');
    const truth: TruthEntry[] = [{ ...entry([run('succeeded')]), answer: 'cut_short' }];
    const attempts = [attempt({ doubt: 'The answer was lost.' })];
    const doubted = observe({ ...failed('lost'), attempts }, { submission: untraced });
    expect(checkExecution(doubted, truth).mismatches).toEqual([]);
    const traced = observe({ ...failed('lost'), attempts });
    expect(checkExecution(traced, truth).mismatches).toEqual(['lost, although it ran 1 times']);
    const known = observe(failed('lost'), { submission: untraced });
    expect(checkExecution(known, truth).mismatches).toEqual(['lost, although it ran 1 times']);
  });

  it.each<[string, Observed, TruthEntry[]]>([
    ['succeeded, but no run did', observe({}), [entry([run('failed', 'E')])]],
    ['the result of another execution', observe({}, { result: '{"n":6}' }), [entry([run('succeeded')])]],
    [
      'failed, although a run succeeded',
      observe(failed('function_error', 'E')),
      [entry([run('failed', 'E'), run('succeeded')])],
    ],
    ['an error that no run had', observe(failed('function_error', 'F')), [entry([run('failed', 'E')])]],
    ['lost, although it ran', observe(failed('lost')), [entry([run('succeeded')])]],
    ['throttled, although it ran', observe(failed('throttled')), [entry([run('succeeded')])]],
    [
      'lost, although Lambda accepted it',
      observe(failed('lost'), { submission: submission('none') }),
      [entry([run('succeeded')])],
    ],
    [
      'deadline_exceeded without a timeout',
      observe(failed('deadline_exceeded'), { logLines: [] }),
      [entry([])],
    ],
    [
      'the error of another execution',
      observe(failed('function_error', 'RangeError', 'failing as requested, 6')),
      [entry([run('failed', 'RangeError')])],
    ],
    [
      'an error reported as another kind',
      observe(failed('function_error', 'Sandbox.Timedout')),
      [entry([run('timed_out', 'Sandbox.Timedout')])],
    ],
    [
      'a repeated log line',
      observe({}, { logLines: ['MARK 5. begins', 'MARK 5. begins'] }),
      [entry([run('succeeded')])],
    ],
    [
      'deadline_exceeded, although a run succeeded',
      { ...observe(failed('deadline_exceeded')), submission: withTimeout('sqs') },
      [entry([run('succeeded')])],
    ],
    [
      'deadline_exceeded, although a run failed without being killed',
      { ...observe(failed('deadline_exceeded')), submission: withTimeout('s3') },
      [entry([run('failed', 'RangeError')])],
    ],
    ...['response', 'sqs', 'durable', 's3', 'callback'].map((channel): [string, Observed, TruthEntry[]] => [
      `a success by ${channel} without its result`,
      observe({ settled_by: channel }, { submission: submission(channel) }),
      [entry([run('succeeded')])],
    ]),
    ['an execution that did not end', observe({ state: 'running' }), [entry([run('succeeded')])]],
  ])('finds: %s', (_mismatch, one, truth) => {
    expect(checkExecution(one, truth).mismatches).toHaveLength(1);
  });

  it.each<[string, Observed, TruthEntry]>([
    ['a channel that was not asked for', observe({ settled_by: 'none' }), entry([run('succeeded')])],
    [
      'logs, without being asked for and without a doubt',
      observe({ settled_by: 'logs' }, { submission: submission('none') }),
      entry([run('succeeded')]),
    ],
    [
      'a channel, although it is lost',
      observe({ ...failed('lost'), settled_by: 'logs' }, { logLines: [] }),
      entry([]),
    ],
    [
      'the refusal of Invoke, although the error is that of the function',
      observe({ ...failed('function_error', 'E'), settled_by: 'invoke' }),
      entry([run('failed', 'E')]),
    ],
  ])('finds an execution settled by %s', (_settler, one, truth) => {
    expect(checkExecution(one, [truth]).mismatches).toEqual([expect.stringContaining('settled by')]);
  });

  it('lets logs settle an attempt in doubt, and Invoke a throttled one', () => {
    const attempts = [attempt({ doubt: 'The answer was lost.' })];
    const inDoubt = observe({ settled_by: 'logs', attempts }, { submission: submission('response') });
    const truth: TruthEntry[] = [{ ...entry([run('succeeded')]), answer: 'cut_short' }];
    expect(checkExecution(inDoubt, truth).mismatches).toEqual([]);
    const throttled = observe({ ...failed('throttled'), settled_by: 'invoke' }, { logLines: [] });
    expect(checkExecution(throttled, [entry([], 429)]).mismatches).toEqual([]);
  });

  it('finds more reported deliveries than runs', () => {
    const attempts = [attempt({ deliveries: 2 })];
    const logLines = ['MARK 5. begins'];
    expect(
      checkExecution(observe({ attempts }, { logLines }), [entry([run('succeeded')])]).mismatches,
    ).toEqual(['attempt 1 reports 2 deliveries, but Lambda ran it 1 times']);
    const twice = [entry([run('failed', 'E'), run('succeeded')])];
    expect(checkExecution(observe({ attempts }), twice).mismatches).toEqual([]);
  });

  it('counts a repeated durable start only where it began a second durable execution', () => {
    const start = (arn: string | null) => ({
      ...entry([run('succeeded')]),
      durable_execution_name: `${ID}-1`,
      durable_execution_arn: arn,
    });
    const durable = observe({}, { submission: submission('durable') });
    expect(checkExecution(durable, [start(null), start('arn:1')]).invokedTwice).toBe(false);
    expect(checkExecution(durable, [start('arn:1'), start('arn:1')]).invokedTwice).toBe(false);
    expect(checkExecution(durable, [start('arn:1'), start('arn:2')]).invokedTwice).toBe(true);
  });

  it('counts a second Invoke that Lambda did not refuse', () => {
    const twice = [entry([run('succeeded')]), entry([])];
    expect(checkExecution(observe({}), twice).invokedTwice).toBe(true);
    const afterThrottle = [entry([], 429), entry([run('succeeded')])];
    expect(checkExecution(observe({}), afterThrottle).invokedTwice).toBe(false);
  });

  it('finds an invocation that belongs to no reported attempt', () => {
    const own = entry([run('succeeded')]);
    const stray = { ...own, trace_root: traceRoot(ID, 2) };
    expect(unaccounted([own, stray], [checkExecution(observe({}), [own, stray])])).toEqual([stray]);
  });

  it("finds a platform line with another execution's request id", () => {
    const [own, other] = [newId(), newId()];
    const truth = [
      { ...entry([{ ...run('succeeded'), request_id: own }]), request_id: own },
      { ...entry([]), request_id: other, trace_root: traceRoot(newId(), 1) },
    ];
    const logLines = [`START RequestId: ${own}`, 'MARK 5. a', `END RequestId: ${other}`];
    expect(checkExecution(observe({}, { logLines }), truth).foreignLines).toEqual([
      `END RequestId: ${other}`,
    ]);
  });

  it('finds lines of another execution in log and log tail, and missing lines', () => {
    const truth = [entry([run('succeeded')])];
    const foreign = observe({}, { logLines: ['MARK 5. a', 'MARK 6. b'] });
    expect(checkExecution(foreign, truth).foreignLines).toEqual(['MARK 6. b']);
    const foreignTail = observe({}, { logTail: 'MARK 7. c' });
    expect(checkExecution(foreignTail, truth).foreignLines).toEqual(['MARK 7. c']);
    expect(checkExecution(observe({}, { logLines: [] }), truth).missingLines).toBe(1);
  });

  it('counts an incomplete log, unless nothing ran or the bridge never learnt the request id', () => {
    const truth = [entry([run('succeeded')])];
    const empty = { logLines: [], isLogComplete: false };
    const attempts = [attempt({ doubt: 'The answer was lost.' })];
    expect(checkExecution(observe({}, empty), truth).logIncomplete).toBe(true);
    expect(checkExecution(observe({ request_id: 'r', attempts }, empty), truth).logIncomplete).toBe(true);
    expect(checkExecution(observe({ attempts }, empty), truth).logIncomplete).toBe(false);
    const silent = { ...entry([run('succeeded')]), answer: 'silent' as const };
    expect(checkExecution(observe({ settled_by: 'callback' }, empty), [silent]).logIncomplete).toBe(false);
    expect(checkExecution(observe(failed('lost'), empty), [entry([])]).logIncomplete).toBe(false);
  });
});
