/** Decides for each Invoke request which fault the emulator injects, and with which delays. */
import { createHash } from 'node:crypto';
import { FAULT_KINDS, type FaultKind, type FaultRule, type FaultScript } from './fault-script.ts';
import { type Random, randomMilliseconds, type SecondsRange, seededRandom } from './random.ts';

export interface PlannedRequest {
  functionName: string;
  invocationType: 'RequestResponse' | 'Event';
  isDurable: boolean;
  payload: Buffer;
}

export interface FaultPlan {
  fault: FaultKind | null;
  /** for gateway_502 and internal_500: whether the function runs; the caller cannot see it from these answers */
  functionRuns: boolean;
  /** the request gets a new environment that takes this much longer to start; null: it gets any environment */
  slowStartMs: number | null;
  /** the event runs a second time, this long after it was accepted; null: it is not duplicated */
  duplicateMs: number | null;
  /** called for each log line of the run: how long after it was written the line can first be read */
  logDelayMs: () => number;
  /** whether a log line may become readable before earlier ones of its stream; if so, REPORT is readable at once */
  isShuffled: boolean;
  /** called for each X-Ray segment of the run: how long after the run it can first be read; null: never */
  segmentDelayMs: () => number | null;
  /** how long after the run CloudWatch's metrics count it */
  metricDelayMs: () => number;
  /** the truth record counts the log lines that contain this text; null: it does not count them */
  logMarker: string | null;
}

/**
 * How a Live Tail session breaks: with SessionStreamingException, with a reset connection, or with silence on an open
 * one, as https://github.com/DefangLabs/defang/issues/2231 saw on AWS.
 */
const LIVE_TAIL_BREAKS = ['exception', 'reset', 'silence'] as const;

export interface LiveTailBreak {
  afterMs: number;
  how: (typeof LIVE_TAIL_BREAKS)[number];
}

/**
 * JSON pointers to a value that is the same in every repetition of a rehearsal, unlike ids and presigned URLs. The
 * pointers are for a plain event, for the bridge's envelope, for a pointer to a staged payload, and for an envelope
 * with such a pointer.
 */
const DEFAULT_KEY_POINTERS = ['/fault_key', '/payload/fault_key', '/sha256', '/payload_ref/sha256'];
const DEFAULT_SLOW_START: SecondsRange = [1, 3];
const DEFAULT_LATE_LOGS: SecondsRange = [5, 20];
const DEFAULT_SHUFFLED_LOGS: SecondsRange = [1, 4];
const DEFAULT_DUPLICATE: SecondsRange = [0, 2];
const NO_DELAY: SecondsRange = [0, 0];

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
  /** how many requests each function and key have had, so that a repeated request gets other random numbers */
  #counts = new Map<string, number>();
  #liveTails = 0;

  constructor(script: FaultScript | null, logDelay: SecondsRange) {
    this.#script = script;
    this.#logDelay = logDelay;
  }

  /** Clears the counts, and replaces the script if one is given. */
  reset(script?: FaultScript): void {
    this.#counts.clear();
    this.#liveTails = 0;
    if (script) this.#script = script;
  }

  plan(request: PlannedRequest): FaultPlan {
    if (!this.#script && this.#logDelay[1] === 0) return NO_FAULT;
    const { seed = 0, key: keyPointers = DEFAULT_KEY_POINTERS } = this.#script ?? {};
    const requestKey = `${request.functionName}:${readKey(request.payload, keyPointers)}`;
    const nth = (this.#counts.get(requestKey) ?? 0) + 1;
    this.#counts.set(requestKey, nth);
    // The numbers depend on the content of the request. The order of arrival is different each time, so it has no
    // effect.
    const random = seededRandom(seed, request.invocationType, requestKey, nth);
    const fault = this.#script && chooseFault(this.#script, request, nth, random);
    // Telemetry has a separate sequence, so that a change of its settings does not change the faults of a seed.
    const telemetry = seededRandom(seed, 'telemetry', request.invocationType, requestKey, nth);
    return this.#describe(fault, random, telemetry);
  }

  /** How the next Live Tail session breaks; null: it does not. */
  planLiveTail(): LiveTailBreak | null {
    const { seed = 0, broken_live_tail_seconds: range } = this.#script ?? {};
    if (!range) return null;
    this.#liveTails += 1;
    const random = seededRandom(seed, 'live tail', this.#liveTails);
    const how = LIVE_TAIL_BREAKS[Math.floor(random() * LIVE_TAIL_BREAKS.length)] ?? 'exception';
    return { afterMs: randomMilliseconds(range, random), how };
  }

  #describe(fault: FaultKind | null, random: Random, telemetry: Random): FaultPlan {
    const {
      slow_start_seconds = DEFAULT_SLOW_START,
      late_logs_seconds = DEFAULT_LATE_LOGS,
      shuffled_logs_seconds = DEFAULT_SHUFFLED_LOGS,
      duplicate_seconds = DEFAULT_DUPLICATE,
      late_telemetry_seconds = NO_DELAY,
      lost_segments = 0,
      log_marker = null,
    } = this.#script ?? {};
    const functionRuns = random() < 0.5;
    const isShuffled = fault === 'shuffled_logs';
    const lateLogDelay = fault === 'late_logs' ? late_logs_seconds : this.#logDelay;
    const logDelay = isShuffled ? shuffled_logs_seconds : lateLogDelay;
    return {
      fault,
      functionRuns,
      slowStartMs: fault === 'slow_start' ? randomMilliseconds(slow_start_seconds, random) : null,
      duplicateMs: fault === 'duplicate_delivery' ? randomMilliseconds(duplicate_seconds, random) : null,
      // Half of the lines of a shuffled log can be read at once.
      logDelayMs: () => (isShuffled && random() < 0.5 ? 0 : randomMilliseconds(logDelay, random)),
      isShuffled,
      segmentDelayMs: () =>
        telemetry() < lost_segments ? null : randomMilliseconds(late_telemetry_seconds, telemetry),
      metricDelayMs: () => randomMilliseconds(late_telemetry_seconds, telemetry),
      logMarker: log_marker,
    };
  }
}

function chooseFault(
  { rules = [], rates = {} }: FaultScript,
  request: PlannedRequest,
  nth: number,
  random: Random,
): FaultKind | null {
  const rule = rules.find(
    (candidate) => matches(candidate, request, nth) && random() < (candidate.probability ?? 1),
  );
  if (rule) return rule.fault === 'none' ? null : rule.fault;
  let draw = random();
  for (const kind of FAULT_KINDS) {
    if (!canHave(kind, request)) continue;
    draw -= rates[kind] ?? 0;
    if (draw < 0) return kind;
  }
  return null;
}

function matches(rule: FaultRule, request: PlannedRequest, nth: number): boolean {
  return (
    (rule.fault === 'none' || canHave(rule.fault, request)) &&
    (rule.function ?? request.functionName) === request.functionName &&
    (rule.invocation_type ?? request.invocationType) === request.invocationType &&
    (rule.nth ?? nth) === nth &&
    (rule.contains === undefined || request.payload.includes(rule.contains))
  );
}

/**
 * Whether the fault can hit the request. Only Lambda's event queue runs an event twice or loses it, and the emulator
 * starts durable executions without that queue.
 */
export function canHave(
  kind: FaultKind,
  { invocationType, isDurable }: Pick<PlannedRequest, 'invocationType' | 'isDurable'>,
): boolean {
  const isQueueFault = kind === 'duplicate_delivery' || kind === 'dropped_delivery';
  return !isQueueFault || (invocationType === 'Event' && !isDurable);
}

/** The first value that a pointer finds in the event, as JSON; the hash of the payload if no pointer finds one. */
function readKey(payload: Buffer, keyPointers: string[]): string {
  const event: unknown = JSON.parse(payload.toString());
  for (const pointer of keyPointers) {
    const value = valueAt(pointer, event);
    if (value !== undefined) return JSON.stringify(value);
  }
  return createHash('sha256').update(payload).digest('hex');
}

/** The value to which a JSON pointer points: https://www.rfc-editor.org/rfc/rfc6901#section-4 */
function valueAt(pointer: string, document: unknown): unknown {
  const members = pointer
    .slice(1)
    .split('/')
    .map((member) => member.replaceAll('~1', '/').replaceAll('~0', '~'));
  return members.reduce<unknown>(
    (value, member) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined,
    document,
  );
}
