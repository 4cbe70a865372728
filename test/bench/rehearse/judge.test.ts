import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { judge, type Seen, type Told } from '../../../bench/rehearse/judge.ts';
import type { Planned } from '../../../bench/rehearse/plan.ts';
import { newId, traceRoot } from '../../../src/domain/id.ts';
import type { TruthEntry, TruthRun } from '../../../src/local/truth-record.ts';

const ID = newId();
const RESULT = '{"n":5,"square":25}';

function planned(way = 'logs'): Planned {
  const payload = { n: 5, behave: 'ok', fault_key: 'x' };
  return {
    n: 5,
    way,
    body: { function: 'fn', invocation_type: 'Event', completion: [way], envelope: false, payload },
  };
}

function seen(told: Partial<Told>, more: Partial<Seen> = {}): Seen {
  return {
    planned: planned(),
    told: { id: ID, state: 'succeeded', attempt: 1, attempts: [], ...told },
    result: undefined,
    lines: ['MARK 5. begins'],
    tail: '',
    logComplete: true,
    ...more,
  };
}

function run(outcome: TruthRun['outcome'], errorType: string | null = null): TruthRun {
  return {
    request_id: 'r',
    log_stream: 's',
    started_at: '',
    ended_at: '',
    outcome,
    error_type: errorType,
    result_sha256: createHash('sha256').update(RESULT).digest('hex'),
    log_lines: 1,
    marked_log_lines: 1,
  };
}

function entry(runs: TruthRun[], status = 202): TruthEntry {
  const unknown = {
    durable_execution_name: null,
    durable_execution_arn: null,
    execution_id: null,
    qualifier: null,
  };
  return {
    ...unknown,
    sequence: 1,
    revision: 1,
    received_at: '',
    request_id: 'r',
    function: 'fn',
    invocation_type: 'Event',
    trace_root: traceRoot(ID, 1),
    payload_sha256: '',
    fault: null,
    status,
    answer: 'whole',
    runs,
    ends: [],
  };
}

const failed = (kind: string, type?: string): Partial<Told> => ({
  state: 'failed',
  error: { kind, message: '', ...(type === undefined ? {} : { type }) },
});

describe('the judge of a rehearsal', () => {
  it('finds nothing where the bridge says what was so', () => {
    const verdict = judge(seen({}, { result: RESULT }), [entry([run('succeeded')])]);
    expect(verdict).toMatchObject({ wrong: [], invokedTwice: false, foreignLines: [], missingLines: 0 });
    expect(judge(seen(failed('function_error', 'E')), [entry([run('failed', 'E')])]).wrong).toEqual([]);
    expect(judge(seen(failed('lost'), { lines: [] }), [entry([])]).wrong).toEqual([]);
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
    ['no end', seen({ state: 'running' }), [entry([run('succeeded')])]],
  ])('notices %s', (_what, one, truth) => {
    expect(judge(one, truth).wrong).toHaveLength(1);
  });

  it('counts a second Invoke that Lambda did not refuse', () => {
    const twice = [entry([run('succeeded')]), entry([])];
    expect(judge(seen({}), twice).invokedTwice).toBe(true);
    expect(judge(seen({}), [entry([], 429), entry([run('succeeded')])]).invokedTwice).toBe(false);
  });

  it('notices lines of another execution in log and tail, and lines that are not there', () => {
    const truth = [entry([run('succeeded')])];
    expect(judge(seen({}, { lines: ['MARK 5. a', 'MARK 6. b'] }), truth).foreignLines).toEqual(['MARK 6. b']);
    expect(judge(seen({}, { tail: 'MARK 7. c' }), truth).foreignLines).toEqual(['MARK 7. c']);
    expect(judge(seen({}, { lines: [] }), truth).missingLines).toBe(1);
  });
});
