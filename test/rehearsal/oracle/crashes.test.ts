import { describe, expect, it } from 'vitest';
import type { Crash } from '../../helpers/postgres-server.ts';
import { attempt, entry, failed, observe, run, submission } from './test-cases.ts';
import { checkExecution } from './test-oracle.ts';

const CRASH: Crash = {
  from: Date.parse('2030-01-01T00:00:20Z'),
  until: Date.parse('2030-01-01T00:00:21Z'),
};
const DOUBT = 'The replica that held the invocation stopped before it recorded the answer of Lambda.';
const NO_CRASH: Crash[] = [];

/** Open at the crash, and ended later by another replica. */
const orphan = attempt({ doubt: DOUBT, doubt_code: 'holder_lost', ended_at: '2030-01-01T00:00:50Z' });
const early = attempt({ doubt: DOUBT, doubt_code: 'holder_lost', ended_at: '2030-01-01T00:00:19Z' });
const late = attempt({ doubt: DOUBT, doubt_code: 'holder_lost', started_at: '2030-01-01T00:00:22Z' });

describe('the test oracle, where replicas were killed', () => {
  it('lets logs settle an invocation that a killed replica held, without a result', () => {
    const one = observe({ settled_by: 'logs', attempts: [orphan] }, { submission: submission('response') });
    expect(checkExecution(one, [entry([run('succeeded')], 200)], [CRASH]).mismatches).toEqual([]);
  });

  it.each([
    ['no replica was killed', orphan, NO_CRASH],
    ['it had ended before the crash', early, [CRASH]],
    ['it started after the crash', late, [CRASH]],
  ])('finds an attempt that is said to have lost its holder, although %s', (_what, one, crashes) => {
    const orphaned = observe({ settled_by: 'logs', attempts: [one] });
    expect(checkExecution(orphaned, [entry([run('succeeded')])], crashes).mismatches).toEqual([
      'in doubt because its holder stopped, but no replica was killed while it was open',
    ]);
  });

  it('finds another doubt, although the response was complete, also where a replica was killed', () => {
    const inDoubt = observe({ attempts: [attempt({ doubt: 'The answer was lost.' })] });
    expect(checkExecution(inDoubt, [entry([run('succeeded')])], [CRASH]).mismatches).toEqual([
      "in doubt, although Lambda's response was complete",
    ]);
  });

  it('accepts lost with none for an accepted event only if its holder was killed and it never ran', () => {
    const none = { submission: submission('none'), logLines: [] };
    const orphaned = observe({ ...failed('lost'), attempts: [orphan] }, none);
    expect(checkExecution(orphaned, [entry([])], [CRASH]).mismatches).toEqual([]);
    expect(checkExecution(orphaned, [entry([run('succeeded')])], [CRASH]).mismatches).toEqual([
      'lost, although it ran 1 times',
    ]);
    const held = observe({ ...failed('lost') }, none);
    expect(checkExecution(held, [entry([])], [CRASH]).mismatches).toHaveLength(1);
  });

  it('expects no log where the request id was lost in a crash and a callback settled', () => {
    const ended = attempt({ ended_at: '2030-01-01T00:00:30Z' });
    const one = observe(
      { settled_by: 'callback', attempts: [ended] },
      { submission: submission('callback'), logLines: [], isLogComplete: false },
    );
    const truth = [entry([run('succeeded')])];
    expect(checkExecution(one, truth, [CRASH]).logIncomplete).toBe(false);
    expect(checkExecution(one, truth, NO_CRASH).logIncomplete).toBe(true);
  });

  it('counts a second Invoke after a crash, too', () => {
    const one = observe({ attempts: [orphan] });
    const twice = [entry([]), entry([run('succeeded')])];
    expect(checkExecution(one, twice, [CRASH]).invokedTwice).toBe(true);
  });
});
