/** The executions that a rehearsal submits. The same seed gives the same submissions. */
import type { FaultKind } from '../../packages/lambda-emulator/src/faults/fault-script.ts';
import { seededRandom } from '../../packages/lambda-emulator/src/faults/random.ts';
import { FaultRotation, faultKey } from './injected-faults.ts';

/** Channel lists, with the functions that suit them and their share of the submissions. */
const SCENARIOS = [
  {
    completion: ['response'],
    functions: ['plain_node', 'plain_python', 'untraced_node'],
    type: 'RequestResponse',
    share: 0.16,
  },
  {
    completion: ['logs'],
    functions: ['plain_node', 'plain_python', 'untraced_node'],
    type: 'Event',
    share: 0.14,
  },
  { completion: ['sqs'], functions: ['sending_node'], type: 'Event', share: 0.12 },
  { completion: ['s3'], functions: ['reporting_node', 'reporting_python'], type: 'Event', share: 0.12 },
  { completion: ['callback'], functions: ['reporting_node', 'reporting_python'], type: 'Event', share: 0.12 },
  { completion: ['callback', 's3', 'logs'], functions: ['reporting_node'], type: 'Event', share: 0.12 },
  { completion: ['durable'], functions: ['durable_node'], type: 'Event', share: 0.12 },
  { completion: ['none'], functions: ['plain_node'], type: 'Event', share: 0.1 },
] as const;

type Scenario = (typeof SCENARIOS)[number];

/** What the function does; injected faults come on top. */
const BEHAVIOURS = [
  ['ok', 0.8],
  ['raise', 0.06],
  ['exit', 0.03],
  ['hang', 0.03],
  ['flaky', 0.04],
  ['big', 0.04],
] as const;

export interface Submission {
  n: number;
  /** its completion channels as one text: `callback + s3 + logs` */
  channels: string;
  /** to be injected into its Invoke request */
  fault?: FaultKind;
  body: {
    function: string;
    invocation_type: string;
    completion: readonly string[];
    envelope: boolean;
    timeout_seconds?: number;
    payload: { n: number; behaviour: string; fault_key: string };
  };
}

export function planSubmissions(seed: number, count: number): Submission[] {
  const rotations = new Map(SCENARIOS.map((scenario) => [scenario, faultRotation(scenario, seed)]));
  return Array.from({ length: count }, (_, n) => {
    const random = seededRandom(seed, 'plan', String(n), 0);
    const scenario: Scenario = draw(random(), SCENARIOS, ({ share }) => share);
    return planOne(seed, n, scenario, random, rotations.get(scenario)?.next());
  });
}

function faultRotation(scenario: Scenario, seed: number): FaultRotation {
  const isDurable = scenario.functions[0] === 'durable_node';
  return new FaultRotation(seed, channelsOf(scenario), { invocationType: scenario.type, isDurable });
}

function channelsOf({ completion }: Scenario): string {
  return completion.join(' + ');
}

function planOne(
  seed: number,
  n: number,
  scenario: Scenario,
  random: () => number,
  fault: FaultKind | undefined,
): Submission {
  const { functions, type } = scenario;
  const fn = functions[Math.floor(random() * functions.length)] ?? functions[0];
  const [behaviour] = draw(random(), BEHAVIOURS, ([, share]) => share);
  const completion: readonly string[] = scenario.completion;
  // `s3` and `callback` cannot see a killed function, so these need a deadline. The others must detect every end.
  const needsDeadline = completion.every((name) => name === 's3' || name === 'callback');
  return {
    n,
    channels: channelsOf(scenario),
    ...(fault === undefined ? {} : { fault }),
    body: {
      function: fn,
      invocation_type: type,
      completion,
      envelope: fn.startsWith('reporting'),
      ...(needsDeadline ? { timeout_seconds: 90 } : {}),
      payload: { n, behaviour, fault_key: faultKey(seed, n, fault) },
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
