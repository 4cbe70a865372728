/** Decides which executions get which injected fault: one in ten of every channel list, each kind in rotation. */
import { canHave } from '../../packages/lambda-emulator/src/faults/fault-planner.ts';
import {
  FAULT_KINDS,
  type FaultKind,
  type FaultScript,
} from '../../packages/lambda-emulator/src/faults/fault-script.ts';
import { seededRandom } from '../../packages/lambda-emulator/src/faults/random.ts';

const ONE_IN = 10;

type RequestKind = Parameters<typeof canHave>[1];

/** The faults that can hit one channel list, assigned to its executions in the order of the submissions. */
export class FaultRotation {
  readonly #seed: number;
  readonly #channels: string;
  readonly #kinds: FaultKind[];
  #assigned = 0;

  constructor(seed: number, channels: string, request: RequestKind) {
    this.#seed = seed;
    this.#channels = channels;
    const random = seededRandom(seed, 'kinds', channels, 0);
    const order = new Map(FAULT_KINDS.map((kind) => [kind, random()]));
    this.#kinds = FAULT_KINDS.filter((kind) => canHave(kind, request)).sort(
      (a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0),
    );
  }

  /** The fault of the next execution, if it gets one. */
  next(): FaultKind | undefined {
    const turn = Math.floor(this.#assigned / ONE_IN);
    const chosen = Math.floor(seededRandom(this.#seed, 'turn', this.#channels, turn)() * ONE_IN);
    const isChosen = this.#assigned % ONE_IN === chosen;
    this.#assigned += 1;
    return isChosen ? this.#kinds[turn % this.#kinds.length] : undefined;
  }
}

/** Every event carries this key; the rules of the fault script match its end. */
export function faultKey(seed: number, n: number, fault: FaultKind | undefined): string {
  return fault === undefined ? `${seed}-${n}` : `${seed}-${n}-${fault}`;
}

/** Rules give every execution exactly its assigned fault; rates could only make a fault likely. */
export function faultScript(seed: number): FaultScript {
  const assigned = FAULT_KINDS.map((fault) => ({ fault, contains: `-${fault}"` }));
  return {
    seed,
    rules: [
      ...assigned.map((rule) => ({ ...rule, nth: 1 })),
      // A request refused for lack of concurrency has not met its fault: inject it into the next request.
      ...assigned
        .filter(({ fault }) => fault !== 'throttle')
        .map((rule) => ({ ...rule, invocation_type: 'RequestResponse' as const })),
      { fault: 'none', nth: 1 },
    ],
    rates: ratesOfRepeatedRequests(),
    late_logs_seconds: [3, 15],
    // The bridge takes silence for success 5 s after CloudWatch ingested the REPORT (late_lines_seconds).
    shuffled_logs_seconds: [1, 4.5],
    late_telemetry_seconds: [1, 10],
    lost_segments: 0.1,
    log_marker: 'MARK ',
  };
}

/** One repeated request in ten gets a fault; the kinds that can hit every request are equally likely. */
function ratesOfRepeatedRequests(): NonNullable<FaultScript['rates']> {
  const possible = FAULT_KINDS.filter((kind) =>
    canHave(kind, { invocationType: 'RequestResponse', isDurable: false }),
  );
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 1 / ONE_IN / possible.length]));
}
