/** Which executions of a rehearsal meet which fault: of every way to invoke, one in ten, and each kind in its turn. */
import { canHave } from '../../src/local/fault-planner.ts';
import { FAULT_KINDS, type FaultKind, type FaultScript } from '../../src/local/fault-script.ts';
import { seededRandom } from '../../src/local/random.ts';

const ONE_IN = 10;

type Call = Parameters<typeof canHave>[1];

/** The faults that one way to invoke can meet, dealt to its executions in the order in which they are planned. */
export class FaultTurns {
  readonly #seed: number;
  readonly #way: string;
  readonly #kinds: FaultKind[];
  #dealt = 0;

  constructor(seed: number, way: string, call: Call) {
    this.#seed = seed;
    this.#way = way;
    const random = seededRandom(seed, 'kinds', way, 0);
    const places = new Map(FAULT_KINDS.map((kind) => [kind, random()]));
    this.#kinds = FAULT_KINDS.filter((kind) => canHave(kind, call)).sort(
      (a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0),
    );
  }

  next(): FaultKind | undefined {
    const turn = Math.floor(this.#dealt / ONE_IN);
    const chosen = Math.floor(seededRandom(this.#seed, 'turn', this.#way, turn)() * ONE_IN);
    const isIt = this.#dealt % ONE_IN === chosen;
    this.#dealt += 1;
    return isIt ? this.#kinds[turn % this.#kinds.length] : undefined;
  }
}

/** What makes the script know it: the end of the key that every event carries. */
export function faultKey(seed: number, n: number, fault: FaultKind | undefined): string {
  return fault === undefined ? `${seed}-${n}` : `${seed}-${n}-${fault}`;
}

/** Rates can only say how often a kind is likely; the rules give every execution the fault that was dealt to it. */
export function faultScript(seed: number): FaultScript {
  const dealt = FAULT_KINDS.map((fault) => ({ fault, contains: `-${fault}"` }));
  return {
    seed,
    rules: [
      ...dealt.map((rule) => ({ ...rule, nth: 1 })),
      // What was refused for want of room has met nothing yet.
      ...dealt
        .filter(({ fault }) => fault !== 'throttle')
        .map((rule) => ({ ...rule, invocation_type: 'RequestResponse' as const })),
      { fault: 'none', nth: 1 },
    ],
    rates: againRates(),
    late_logs_seconds: [3, 15],
    log_marker: 'MARK ',
  };
}

/** For what is sent again: one in ten as well, where each kind that any request can meet is as likely. */
function againRates(): NonNullable<FaultScript['rates']> {
  const always = FAULT_KINDS.filter((kind) =>
    canHave(kind, { invocationType: 'RequestResponse', isDurable: false }),
  );
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 1 / ONE_IN / always.length]));
}
