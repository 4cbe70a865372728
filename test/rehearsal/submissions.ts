/** What a rehearsal asks of the bridge: the same seed asks the same again. */
import type { FaultKind } from '../../src/local/fault-script.ts';
import { seededRandom } from '../../src/local/random.ts';
import { FaultTurns, faultKey } from './injected-faults.ts';

/** The ways to follow an execution, with the function that fits and how often it is drawn. */
const WAYS = [
  {
    completion: ['response'],
    functions: ['plain_node', 'plain_python'],
    type: 'RequestResponse',
    share: 0.16,
  },
  { completion: ['logs'], functions: ['plain_node', 'plain_python'], type: 'Event', share: 0.14 },
  { completion: ['sqs'], functions: ['sending_node'], type: 'Event', share: 0.12 },
  { completion: ['s3'], functions: ['reporting_node', 'reporting_python'], type: 'Event', share: 0.12 },
  { completion: ['callback'], functions: ['reporting_node', 'reporting_python'], type: 'Event', share: 0.12 },
  { completion: ['callback', 's3', 'logs'], functions: ['reporting_node'], type: 'Event', share: 0.12 },
  { completion: ['durable'], functions: ['durable_node'], type: 'Event', share: 0.12 },
  { completion: ['none'], functions: ['plain_node'], type: 'Event', share: 0.1 },
] as const;

type Way = (typeof WAYS)[number];

/** How the function behaves, of its own accord: faults of the way come on top. */
const BEHAVIOURS = [
  ['ok', 0.8],
  ['raise', 0.06],
  ['exit', 0.03],
  ['hang', 0.03],
  ['flaky', 0.04],
  ['big', 0.04],
] as const;

export interface Planned {
  n: number;
  way: string;
  /** that its request is to meet */
  fault?: FaultKind;
  body: {
    function: string;
    invocation_type: string;
    completion: readonly string[];
    envelope: boolean;
    timeout_seconds?: number;
    payload: { n: number; behave: string; fault_key: string };
  };
}

export function plan(seed: number, count: number): Planned[] {
  const turns = new Map(WAYS.map((way) => [way, faultsOf(way, seed)]));
  return Array.from({ length: count }, (_, n) => {
    const random = seededRandom(seed, 'plan', String(n), 0);
    const way: Way = draw(random(), WAYS, (one) => one.share);
    return planOne(seed, n, way, random, turns.get(way)?.next());
  });
}

function faultsOf(way: Way, seed: number): FaultTurns {
  const isDurable = way.functions[0] === 'durable_node';
  return new FaultTurns(seed, nameOf(way), { invocationType: way.type, isDurable });
}

function nameOf({ completion }: Way): string {
  return completion.join(' + ');
}

function planOne(
  seed: number,
  n: number,
  way: Way,
  random: () => number,
  fault: FaultKind | undefined,
): Planned {
  const fn = way.functions[Math.floor(random() * way.functions.length)] ?? way.functions[0];
  const [behave] = draw(random(), BEHAVIOURS, ([, share]) => share);
  const completion: readonly string[] = way.completion;
  // Channels that a killed function cannot reach need a deadline; the others must find every end by themselves.
  const blind = completion.every((name) => name === 's3' || name === 'callback');
  return {
    n,
    way: nameOf(way),
    ...(fault === undefined ? {} : { fault }),
    body: {
      function: fn,
      invocation_type: way.type,
      completion,
      envelope: fn.startsWith('reporting'),
      ...(blind ? { timeout_seconds: 90 } : {}),
      payload: { n, behave, fault_key: faultKey(seed, n, fault) },
    },
  };
}

function draw<T>(at: number, choices: readonly T[], shareOf: (choice: T) => number): T {
  let rest = at;
  for (const choice of choices) {
    rest -= shareOf(choice);
    if (rest < 0) return choice;
  }
  const last = choices.at(-1);
  if (last === undefined) throw new Error('nothing to choose from');
  return last;
}
