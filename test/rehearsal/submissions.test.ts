import { describe, expect, it } from 'vitest';
import {
  FaultPlanner,
  type PlannedRequest,
} from '../../packages/lambda-emulator/src/faults/fault-planner.ts';
import { FAULT_KINDS, type FaultKind } from '../../packages/lambda-emulator/src/faults/fault-script.ts';
import { faultScript } from './injected-faults.ts';
import { planSubmissions, type Submission } from './submissions.ts';

const COUNT = 2_000;

function requestOf({ body }: Submission): PlannedRequest {
  const invocationType = body.invocation_type === 'Event' ? 'Event' : 'RequestResponse';
  const isDurable = body.function === 'durable_node';
  const payload = Buffer.from(JSON.stringify(body.payload));
  return { functionName: body.function, invocationType, isDurable, payload };
}

/** The fault that the Lambda emulator injects into the first request of each submission, by channels. */
function faultsByChannels(seed: number): Map<string, (FaultKind | null)[]> {
  const planner = new FaultPlanner(faultScript(seed), [0, 0]);
  const injected = planSubmissions(seed, COUNT).map((submission) => ({
    channels: submission.channels,
    fault: planner.plan(requestOf(submission)).fault,
  }));
  const groups = Map.groupBy(injected, ({ channels }) => channels);
  return new Map([...groups].map(([channels, members]) => [channels, members.map(({ fault }) => fault)]));
}

describe('the submissions of a rehearsal', () => {
  it.each([1, 2, 3])('give every channel list each kind of fault that can hit it (seed %i)', (seed) => {
    for (const [channels, faults] of faultsByChannels(seed)) {
      const isWithoutQueue = channels === 'response' || channels === 'durable';
      const possible = FAULT_KINDS.filter((kind) => !(isWithoutQueue && kind.endsWith('_delivery')));
      expect(new Set(faults), channels).toEqual(new Set([null, ...possible]));
    }
  });

  it('give one execution in ten of every channel list a fault', () => {
    for (const [channels, faults] of faultsByChannels(7)) {
      const share = faults.filter((fault) => fault !== null).length / faults.length;
      expect(share, channels).toBeGreaterThan(0.09);
      expect(share, channels).toBeLessThan(0.11);
    }
  });

  it('are the same for the same seed, and differ for another', () => {
    expect(planSubmissions(4, 50)).toEqual(planSubmissions(4, 50));
    expect(planSubmissions(4, 50)).not.toEqual(planSubmissions(5, 50));
  });

  it('meet their fault in the next request where the first was refused for lack of concurrency', () => {
    const planner = new FaultPlanner(faultScript(1), [0, 0]);
    const faulty = planSubmissions(1, COUNT).filter(
      ({ channels, fault }) => channels === 'response' && fault !== undefined,
    );
    for (const submission of faulty) {
      planner.plan(requestOf(submission));
      const next = planner.plan(requestOf(submission)).fault;
      if (submission.fault !== 'throttle') expect(next).toBe(submission.fault);
    }
  });
});
