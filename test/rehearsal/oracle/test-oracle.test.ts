import { describe, expect, it } from 'vitest';
import { newId, traceRoot } from '../../../src/domain/id.ts';
import type { TruthEntry } from '../../../src/local/truth-record.ts';
import type { Seen } from '../observed.ts';
import { attempt, entry, failed, ID, planned, RESULT, run, seen, withDeadline } from './test-cases.ts';
import { judge, unaccounted } from './test-oracle.ts';

describe('the judge of a rehearsal', () => {
  it('finds nothing where the bridge says what was so', () => {
    const verdict = judge(seen({}, { result: RESULT }), [entry([run('succeeded')])]);
    const none = { wrong: [], invokedTwice: false, foreignLines: [], missingLines: 0, logIncomplete: false };
    expect(verdict).toMatchObject(none);
    expect(judge(seen(failed('function_error', 'E')), [entry([run('failed', 'E')])]).wrong).toEqual([]);
    expect(judge(seen(failed('lost'), { lines: [] }), [entry([])]).wrong).toEqual([]);
    expect(judge(seen({ settled_by: 'logs' }), [entry([run('succeeded')])]).wrong).toEqual([]);
  });

  it('takes a deadline as right where one was set and every run was killed', () => {
    const one = { ...seen(failed('deadline_exceeded')), planned: withDeadline('s3') };
    expect(judge({ ...one, lines: [] }, [entry([])]).wrong).toEqual([]);
    expect(judge(one, [entry([run('timed_out', 'Sandbox.Timedout')])]).wrong).toEqual([]);
  });

  it('takes a loss without a channel as right where the answer of Lambda never came', () => {
    const one = seen(failed('lost'), { planned: planned('none') });
    expect(judge(one, [{ ...entry([run('succeeded')]), answer: 'cut_short' }]).wrong).toEqual([]);
  });

  it.each<[string, Seen, TruthEntry[]]>([
    ['a success that no run had', seen({}), [entry([run('failed', 'E')])]],
    ['a result of somebody else', seen({}, { result: '{"n":6}' }), [entry([run('succeeded')])]],
    [
      'a failure although a run succeeded',
      seen(failed('function_error', 'E')),
      [entry([run('failed', 'E'), run('succeeded')])],
    ],
    ['an error that no run had', seen(failed('function_error', 'F')), [entry([run('failed', 'E')])]],
    ['a loss although it ran', seen(failed('lost')), [entry([run('succeeded')])]],
    ['a refusal although it ran', seen(failed('throttled')), [entry([run('succeeded')])]],
    [
      'a loss although Lambda accepted it',
      seen(failed('lost'), { planned: planned('none') }),
      [entry([run('succeeded')])],
    ],
    ['a deadline that nobody set', seen(failed('deadline_exceeded'), { lines: [] }), [entry([])]],
    [
      'the error of somebody else',
      seen(failed('function_error', 'RangeError', 'told to fail, 6')),
      [entry([run('failed', 'RangeError')])],
    ],
    [
      'an error told as another kind',
      seen(failed('function_error', 'Sandbox.Timedout')),
      [entry([run('timed_out', 'Sandbox.Timedout')])],
    ],
    [
      'a line that stands there twice',
      seen({}, { lines: ['MARK 5. begins', 'MARK 5. begins'] }),
      [entry([run('succeeded')])],
    ],
    [
      'a deadline although a run succeeded',
      { ...seen(failed('deadline_exceeded')), planned: withDeadline('sqs') },
      [entry([run('succeeded')])],
    ],
    [
      'a deadline although a run reported its error',
      { ...seen(failed('deadline_exceeded')), planned: withDeadline('s3') },
      [entry([run('failed', 'RangeError')])],
    ],
    ...['response', 'sqs', 'durable', 's3', 'callback'].map((channel): [string, Seen, TruthEntry[]] => [
      `a success by ${channel} without its result`,
      seen({ settled_by: channel }, { planned: planned(channel) }),
      [entry([run('succeeded')])],
    ]),
    ['no end', seen({ state: 'running' }), [entry([run('succeeded')])]],
  ])('notices %s', (_what, one, truth) => {
    expect(judge(one, truth).wrong).toHaveLength(1);
  });

  it.each<[string, Seen, TruthEntry]>([
    ['a channel that nobody asked for', seen({ settled_by: 'none' }), entry([run('succeeded')])],
    [
      'a log that nobody asked for, and that no doubt needed',
      seen({ settled_by: 'logs' }, { planned: planned('none') }),
      entry([run('succeeded')]),
    ],
    [
      'a channel, although it is a loss',
      seen({ ...failed('lost'), settled_by: 'logs' }, { lines: [] }),
      entry([]),
    ],
    [
      'a refusal, although it is an error of the function',
      seen({ ...failed('function_error', 'E'), settled_by: 'invoke' }),
      entry([run('failed', 'E')]),
    ],
  ])('notices an end that is told by %s', (_what, one, truth) => {
    expect(judge(one, [truth]).wrong).toEqual([expect.stringContaining('settled by')]);
  });

  it('takes the log as the judge of an attempt in doubt, and Lambda itself as the one of a refusal', () => {
    const attempts = [attempt({ doubt: 'The answer was lost.' })];
    const told = seen({ settled_by: 'logs', attempts }, { planned: planned('response') });
    expect(judge(told, [{ ...entry([run('succeeded')]), answer: 'cut_short' }]).wrong).toEqual([]);
    const refused = seen({ ...failed('throttled'), settled_by: 'invoke' }, { lines: [] });
    expect(judge(refused, [entry([], 429)]).wrong).toEqual([]);
  });

  it('notices more deliveries than there were runs', () => {
    const attempts = [attempt({ deliveries: 2 })];
    const lines = ['MARK 5. begins'];
    expect(judge(seen({ attempts }, { lines }), [entry([run('succeeded')])]).wrong).toEqual([
      'attempt 1 tells of 2 deliveries, but ran 1 times',
    ]);
    const twice = [entry([run('failed', 'E'), run('succeeded')])];
    expect(judge(seen({ attempts }), twice).wrong).toEqual([]);
  });

  it('counts a repeated start of a durable execution only where it began another one', () => {
    const start = (arn: string | null) => ({
      ...entry([run('succeeded')]),
      durable_execution_name: `${ID}-1`,
      durable_execution_arn: arn,
    });
    const told = seen({}, { planned: planned('durable') });
    expect(judge(told, [start(null), start('arn:1')]).invokedTwice).toBe(false);
    expect(judge(told, [start('arn:1'), start('arn:1')]).invokedTwice).toBe(false);
    expect(judge(told, [start('arn:1'), start('arn:2')]).invokedTwice).toBe(true);
  });

  it('counts a second Invoke that Lambda did not refuse', () => {
    const twice = [entry([run('succeeded')]), entry([])];
    expect(judge(seen({}), twice).invokedTwice).toBe(true);
    expect(judge(seen({}), [entry([], 429), entry([run('succeeded')])]).invokedTwice).toBe(false);
  });

  it('notices an invocation that no attempt accounts for', () => {
    const own = entry([run('succeeded')]);
    const stray = { ...own, trace_root: traceRoot(ID, 2) };
    expect(unaccounted([own, stray], [judge(seen({}), [own, stray])])).toEqual([stray]);
  });

  it("notices a line of the platform with another execution's request id", () => {
    const [own, other] = [newId(), newId()];
    const truth = [
      { ...entry([{ ...run('succeeded'), request_id: own }]), request_id: own },
      { ...entry([]), request_id: other, trace_root: traceRoot(newId(), 1) },
    ];
    const lines = [`START RequestId: ${own}`, 'MARK 5. a', `END RequestId: ${other}`];
    expect(judge(seen({}, { lines }), truth).foreignLines).toEqual([`END RequestId: ${other}`]);
  });

  it('notices lines of another execution in log and tail, and lines that are not there', () => {
    const truth = [entry([run('succeeded')])];
    expect(judge(seen({}, { lines: ['MARK 5. a', 'MARK 6. b'] }), truth).foreignLines).toEqual(['MARK 6. b']);
    expect(judge(seen({}, { tail: 'MARK 7. c' }), truth).foreignLines).toEqual(['MARK 7. c']);
    expect(judge(seen({}, { lines: [] }), truth).missingLines).toBe(1);
  });
  it('counts a log that never was complete, unless nothing ran or the invocation stayed unnamed', () => {
    const truth = [entry([run('succeeded')])];
    const empty = { lines: [], logComplete: false };
    const doubt = [attempt({ doubt: 'The answer was lost.' })];
    expect(judge(seen({}, empty), truth).logIncomplete).toBe(true);
    expect(judge(seen({ request_id: 'r', attempts: doubt }, empty), truth).logIncomplete).toBe(true);
    expect(judge(seen({ attempts: doubt }, empty), truth).logIncomplete).toBe(false);
    const silent = { ...entry([run('succeeded')]), answer: 'silent' as const };
    expect(judge(seen({ settled_by: 'callback' }, empty), [silent]).logIncomplete).toBe(false);
    expect(judge(seen(failed('lost'), empty), [entry([])]).logIncomplete).toBe(false);
  });
});
