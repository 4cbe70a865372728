/** What a rehearsal asks of the bridge: the same seed asks the same again. */
import { seededRandom } from '../../src/local/random.ts';

/** The ways to follow an execution, with the function that fits and how often it is drawn. */
const WAYS = [
  {
    completion: ['response'],
    functions: ['plain_node', 'plain_python'],
    type: 'RequestResponse',
    share: 0.3,
  },
  { completion: ['logs'], functions: ['plain_node', 'plain_python'], type: 'Event', share: 0.2 },
  { completion: ['sqs'], functions: ['sending_node'], type: 'Event', share: 0.15 },
  { completion: ['s3'], functions: ['reporting_node', 'reporting_python'], type: 'Event', share: 0.1 },
  { completion: ['callback'], functions: ['reporting_node', 'reporting_python'], type: 'Event', share: 0.1 },
  { completion: ['callback', 's3', 'logs'], functions: ['reporting_node'], type: 'Event', share: 0.05 },
  { completion: ['durable'], functions: ['durable_node'], type: 'Event', share: 0.07 },
  { completion: ['none'], functions: ['plain_node'], type: 'Event', share: 0.03 },
] as const;

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
  return Array.from({ length: count }, (_, n) => planOne(seed, n));
}

function planOne(seed: number, n: number): Planned {
  const random = seededRandom(seed, 'plan', String(n), 0);
  const way = draw(random(), WAYS, (one) => one.share);
  const fn = way.functions[Math.floor(random() * way.functions.length)] ?? way.functions[0];
  const [behave] = draw(random(), BEHAVIOURS, ([, share]) => share);
  const completion: readonly string[] = way.completion;
  const reports = fn.startsWith('reporting');
  // Channels that a killed function cannot reach need a deadline; the others must find every end by themselves.
  const blind = completion.every((name) => name === 's3' || name === 'callback');
  return {
    n,
    way: completion.join(' + '),
    body: {
      function: fn,
      invocation_type: way.type,
      completion,
      envelope: reports,
      ...(blind ? { timeout_seconds: 60 } : {}),
      payload: { n, behave, fault_key: `${seed}-${n}` },
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
