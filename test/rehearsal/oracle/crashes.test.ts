import { describe, expect, it } from 'vitest';
import type { Kill } from '../cluster.ts';
import { killPoints } from '../crash-plan.ts';
import { attempt, entry, failed, planned, run, seen } from './test-cases.ts';
import { judge } from './test-oracle.ts';

const KILL: Kill = {
  from: Date.parse('2030-01-01T00:00:20Z'),
  until: Date.parse('2030-01-01T00:00:21Z'),
};
const GONE = 'The replica that held the invocation stopped before it recorded the answer of Lambda.';
const NO_KILL: Kill[] = [];

/** Open from :10 on, and never seen to end by the bridge that held it. */
const orphan = attempt({ doubt: GONE, ended_at: '2030-01-01T00:00:50Z' });
const early = attempt({ doubt: GONE, ended_at: '2030-01-01T00:00:19Z' });
const late = attempt({ doubt: GONE, started_at: '2030-01-01T00:00:22Z' });

describe('the judge, where bridges were killed', () => {
  it('takes the log as the judge of what a killed bridge held, without a result', () => {
    const one = seen({ settled_by: 'logs', attempts: [orphan] }, { planned: planned('response') });
    expect(judge(one, [entry([run('succeeded')], 200)], [KILL]).wrong).toEqual([]);
  });

  it.each([
    ['none was killed', orphan, NO_KILL],
    ['it had ended before the kill', early, [KILL]],
    ['it began after the kill', late, [KILL]],
  ])('notices an attempt that is told to have lost its bridge, although %s', (_what, one, kills) => {
    const told = seen({ settled_by: 'logs', attempts: [one] });
    expect(judge(told, [entry([run('succeeded')])], kills).wrong).toEqual([
      'its holder is told to be gone, but no bridge was killed',
    ]);
  });

  it('notices another doubt although the answer came whole, also where a bridge was killed', () => {
    const told = seen({ attempts: [attempt({ doubt: 'The answer was lost.' })] });
    expect(judge(told, [entry([run('succeeded')])], [KILL]).wrong).toEqual([
      "in doubt, although Lambda's answer came whole",
    ]);
  });

  it('takes an accepted event without a channel as lost only with its bridge, and only if it never ran', () => {
    const one = seen({ ...failed('lost'), attempts: [orphan] }, { planned: planned('none'), lines: [] });
    expect(judge(one, [entry([])], [KILL]).wrong).toEqual([]);
    expect(judge(one, [entry([run('succeeded')])], [KILL]).wrong).toEqual(['lost, although it ran 1 times']);
    const held = seen({ ...failed('lost') }, { planned: planned('none'), lines: [] });
    expect(judge(held, [entry([])], [KILL]).wrong).toHaveLength(1);
  });

  it('asks for no log where the request id went with the bridge, and the function reported by itself', () => {
    const ended = attempt({ ended_at: '2030-01-01T00:00:30Z' });
    const one = seen(
      { settled_by: 'callback', attempts: [ended] },
      { planned: planned('callback'), lines: [], logComplete: false },
    );
    const truth = [entry([run('succeeded')])];
    expect(judge(one, truth, [KILL]).logIncomplete).toBe(false);
    expect(judge(one, truth, NO_KILL).logIncomplete).toBe(true);
  });

  it('counts a second Invoke after a kill as one', () => {
    const one = seen({ attempts: [orphan] });
    expect(judge(one, [entry([]), entry([run('succeeded')])], [KILL]).invokedTwice).toBe(true);
  });
});

describe('the kills of a rehearsal', () => {
  it('are the same for the same seed, and all within the run', () => {
    const points = killPoints(3, 200);
    expect(killPoints(3, 200)).toEqual(points);
    expect(killPoints(4, 200)).not.toEqual(points);
    expect(points.size).toBe(4);
    expect(killPoints(3, 2_000).size).toBe(8);
    for (const after of points.keys()) expect(after > 0 && after <= 200).toBe(true);
  });
});
