import { describe, expect, it } from 'vitest';
import { FaultPlanner, type PlannedCall } from '../../src/local/fault-planner.ts';
import { FAULT_KINDS, type FaultKind } from '../../src/local/fault-script.ts';
import { faultScript } from './injected-faults.ts';
import { type Planned, plan } from './submissions.ts';

const COUNT = 2_000;

function callOf({ body }: Planned): PlannedCall {
  const invocationType = body.invocation_type === 'Event' ? 'Event' : 'RequestResponse';
  const isDurable = body.function === 'durable_node';
  const payload = Buffer.from(JSON.stringify(body.payload));
  return { functionName: body.function, invocationType, isDurable, payload };
}

/** As the local Lambda endpoint draws it for the first request of each. */
function faultsOf(seed: number): Map<string, (FaultKind | null)[]> {
  const planner = new FaultPlanner(faultScript(seed), [0, 0]);
  const met = plan(seed, COUNT).map((one) => ({ way: one.way, fault: planner.plan(callOf(one)).fault }));
  const ways = Map.groupBy(met, ({ way }) => way);
  return new Map([...ways].map(([way, members]) => [way, members.map(({ fault }) => fault)]));
}

describe('the plan of a rehearsal', () => {
  it.each([1, 2, 3])('lets every completion meet each kind of fault that can hit it (seed %i)', (seed) => {
    for (const [way, faults] of faultsOf(seed)) {
      const withoutQueue = way === 'response' || way === 'durable';
      const possible = FAULT_KINDS.filter((kind) => !(withoutQueue && kind.endsWith('_delivery')));
      expect(new Set(faults), way).toEqual(new Set([null, ...possible]));
    }
  });

  it('gives one execution in ten of every completion a fault', () => {
    for (const [way, faults] of faultsOf(7)) {
      const share = faults.filter((fault) => fault !== null).length / faults.length;
      expect(share, way).toBeGreaterThan(0.09);
      expect(share, way).toBeLessThan(0.11);
    }
  });

  it('is the same for the same seed, and another for another', () => {
    expect(plan(4, 50)).toEqual(plan(4, 50));
    expect(plan(4, 50)).not.toEqual(plan(5, 50));
  });

  it('lets what was refused for want of room meet its fault when it is sent again', () => {
    const planner = new FaultPlanner(faultScript(1), [0, 0]);
    const dealt = plan(1, COUNT).filter(({ way, fault }) => way === 'response' && fault !== undefined);
    for (const one of dealt) {
      planner.plan(callOf(one));
      const again = planner.plan(callOf(one)).fault;
      if (one.fault !== 'throttle') expect(again).toBe(one.fault);
    }
  });
});
