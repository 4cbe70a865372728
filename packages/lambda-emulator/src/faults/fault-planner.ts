/** Chooses the injected fault of every Invoke request. */
import { createHash } from 'node:crypto';
import { FAULT_KINDS, type FaultKind, type FaultRule, type FaultScript } from './fault-script.ts';
import { millisecondsIn, type Random, type SecondsRange, seededRandom } from './random.ts';

export interface PlannedCall {
  functionName: string;
  invocationType: 'RequestResponse' | 'Event';
  isDurable: boolean;
  payload: Buffer;
}

export interface FaultPlan {
  fault: FaultKind | null;
  /** whether the function runs, for faults that do not show it to the caller */
  functionRuns: boolean;
  /** extra start time of a new environment; null: use any environment */
  slowStartMs: number | null;
  /** until the event runs a second time; null: it does not */
  duplicateMs: number | null;
  /** how long the next log event cannot be read */
  logDelayMs: () => number;
  /** a log event may become readable before earlier ones of its stream; the report of the run is never late */
  isShuffled: boolean;
  /** how long a segment of the run cannot be read; null: it is lost */
  segmentDelayMs: () => number | null;
  /** how long the run is missing in the metrics */
  metricDelayMs: () => number;
  logMarker: string | null;
}

/** Where plain events, the bridge's envelopes and its pointers have a value that is the same in every rehearsal. */
const DEFAULT_KEY = ['/fault_key', '/payload/fault_key', '/sha256', '/payload_ref/sha256'];
const DEFAULT_SLOW_START: SecondsRange = [1, 3];
const DEFAULT_LATE_LOGS: SecondsRange = [5, 20];
const NO_DELAY: SecondsRange = [0, 0];
const DEFAULT_DUPLICATE: SecondsRange = [0, 2];

const NO_FAULT: FaultPlan = {
  fault: null,
  functionRuns: true,
  slowStartMs: null,
  duplicateMs: null,
  logDelayMs: () => 0,
  isShuffled: false,
  segmentDelayMs: () => 0,
  metricDelayMs: () => 0,
  logMarker: null,
};

export class FaultPlanner {
  readonly #logDelay: SecondsRange;
  #script: FaultScript | null;
  /** number of requests so far by function and key, so that a repeated request gets a new draw */
  #requests = new Map<string, number>();

  constructor(script: FaultScript | null, logDelay: SecondsRange) {
    this.#script = script;
    this.#logDelay = logDelay;
  }

  /** Clears the counts, and replaces the script if one is given. */
  reset(script?: FaultScript): void {
    this.#requests.clear();
    if (script) this.#script = script;
  }

  plan(call: PlannedCall): FaultPlan {
    if (!this.#script && this.#logDelay[1] === 0) return NO_FAULT;
    const { seed = 0, key = DEFAULT_KEY } = this.#script ?? {};
    const callKey = `${call.functionName}:${readKey(call.payload, key)}`;
    const nth = (this.#requests.get(callKey) ?? 0) + 1;
    this.#requests.set(callKey, nth);
    // The fault depends on the request's content, not on the order of arrival, which varies with threads and networks.
    const random = seededRandom(seed, call.invocationType, callKey, nth);
    const fault = this.#script && chooseFault(this.#script, call, nth, random);
    // Numbers of their own: they leave the other faults of a seed as they are.
    const telemetry = seededRandom(seed, 'telemetry', call.invocationType, callKey, nth);
    return this.#describe(fault, random, telemetry);
  }

  #describe(fault: FaultKind | null, random: Random, telemetry: Random): FaultPlan {
    const {
      slow_start_seconds = DEFAULT_SLOW_START,
      late_logs_seconds = DEFAULT_LATE_LOGS,
      duplicate_seconds = DEFAULT_DUPLICATE,
      late_telemetry_seconds = NO_DELAY,
      lost_segments = 0,
      log_marker = null,
    } = this.#script ?? {};
    const functionRuns = random() < 0.5;
    const isShuffled = fault === 'shuffled_logs';
    const logDelay = isShuffled || fault === 'late_logs' ? late_logs_seconds : this.#logDelay;
    return {
      fault,
      functionRuns,
      slowStartMs: fault === 'slow_start' ? millisecondsIn(slow_start_seconds, random) : null,
      duplicateMs: fault === 'duplicate_delivery' ? millisecondsIn(duplicate_seconds, random) : null,
      // One line in two of a shuffled log can be read at once.
      logDelayMs: () => (isShuffled && random() < 0.5 ? 0 : millisecondsIn(logDelay, random)),
      isShuffled,
      segmentDelayMs: () =>
        telemetry() < lost_segments ? null : millisecondsIn(late_telemetry_seconds, telemetry),
      metricDelayMs: () => millisecondsIn(late_telemetry_seconds, telemetry),
      logMarker: log_marker,
    };
  }
}

function chooseFault(
  { rules = [], rates = {} }: FaultScript,
  call: PlannedCall,
  nth: number,
  random: Random,
): FaultKind | null {
  const rule = rules.find(
    (candidate) => matches(candidate, call, nth) && random() < (candidate.probability ?? 1),
  );
  if (rule) return rule.fault === 'none' ? null : rule.fault;
  let draw = random();
  for (const kind of FAULT_KINDS) {
    if (!canHave(kind, call)) continue;
    draw -= rates[kind] ?? 0;
    if (draw < 0) return kind;
  }
  return null;
}

function matches(rule: FaultRule, call: PlannedCall, nth: number): boolean {
  return (
    (rule.fault === 'none' || canHave(rule.fault, call)) &&
    (rule.function ?? call.functionName) === call.functionName &&
    (rule.invocation_type ?? call.invocationType) === call.invocationType &&
    (rule.nth ?? nth) === nth &&
    (rule.contains === undefined || call.payload.includes(rule.contains))
  );
}

/** Only Lambda's event queue duplicates or loses events. A durable execution is found again by its name. */
export function canHave(
  kind: FaultKind,
  { invocationType, isDurable }: Pick<PlannedCall, 'invocationType' | 'isDurable'>,
): boolean {
  const isQueueFault = kind === 'duplicate_delivery' || kind === 'dropped_delivery';
  return !isQueueFault || (invocationType === 'Event' && !isDurable);
}

function readKey(payload: Buffer, pointers: string[]): string {
  const event: unknown = JSON.parse(payload.toString());
  for (const pointer of pointers) {
    const value = follow(event, pointer);
    if (value !== undefined) return JSON.stringify(value);
  }
  return createHash('sha256').update(payload).digest('hex');
}

function follow(value: unknown, pointer: string): unknown {
  // https://www.rfc-editor.org/rfc/rfc6901#section-4
  const steps = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined),
    value,
  );
}
