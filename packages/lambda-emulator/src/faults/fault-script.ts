/** The fault script: which faults to inject, how often and where. The same seed injects the same faults again. */
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describeValidationErrors } from '../functions/schema-errors.ts';
import type { SecondsRange } from './random.ts';

/**
 * The order matters: the rates are added one by one, and a request gets the fault at which the sum exceeds its random
 * number.
 */
export const FAULT_KINDS = [
  /** 429, the function does not run */
  'throttle',
  /** the connection is reset after the request has been read; the function does not run */
  'reset_before',
  /** the connection is reset instead of an answer, after the function ran or the event was accepted */
  'reset_after',
  /** like reset_after, but the connection stays open and nothing is sent */
  'half_open',
  /** the answer ends in the middle of its body, or of its headers if it has no body */
  'cut_short',
  /** an HTML page, as from a proxy in front of Lambda; the function ran in half of the cases */
  'gateway_502',
  /** ServiceException; the function ran in half of the cases */
  'internal_500',
  /** an event runs a second time, although the first run had no error */
  'duplicate_delivery',
  /** an accepted event never runs */
  'dropped_delivery',
  /** a new environment takes long to start */
  'slow_start',
  /** the log lines of the invocation can be read late */
  'late_logs',
  /** the log lines of the invocation can be read in any order, its REPORT at once and others late */
  'shuffled_logs',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** The first matching rule decides; the rates apply only if none matches. An absent member matches everything. */
export interface FaultRule {
  /** `none`: inject no fault */
  fault: FaultKind | 'none';
  function?: string;
  invocation_type?: 'RequestResponse' | 'Event';
  /** text that the event contains */
  contains?: string;
  /** only the n-th request with the same key, counted from 1 */
  nth?: number;
  /** share of the matching requests that get the fault; default 1 */
  probability?: number;
}

export interface FaultScript {
  seed: number;
  /**
   * for each fault, the share of the requests that get it: from 0 to 1, together at most 1. Only requests that can have
   * it count
   */
  rates?: Partial<Record<FaultKind, number>>;
  rules?: FaultRule[];
  /**
   * JSON pointers into the event, for events with ids or times, which are different in each repetition of a rehearsal.
   * The random numbers depend on the first value that a pointer finds, and not on the whole event.
   */
  key?: string[];
  slow_start_seconds?: SecondsRange;
  /** delay of the log lines with the fault late_logs; the lines stay in order */
  late_logs_seconds?: SecondsRange;
  /** delay of the late log lines with the fault shuffled_logs */
  shuffled_logs_seconds?: SecondsRange;
  /** delay of the second run with the fault duplicate_delivery, counted from the acceptance of the event */
  duplicate_seconds?: SecondsRange;
  /** delay after a run until X-Ray returns its segments and CloudWatch's metrics count it */
  late_telemetry_seconds?: SecondsRange;
  /** share of the segments that X-Ray never returns */
  lost_segments?: number;
  /** how long after its start each Live Tail session breaks; default: never */
  broken_live_tail_seconds?: SecondsRange;
  /** the truth record counts the function's log lines that contain this text */
  log_marker?: string;
}

/** The message says in a sentence what is wrong with the script. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

const share = { type: 'number', minimum: 0, maximum: 1 } as const;
const range = {
  type: 'array',
  items: { type: 'number', minimum: 0 },
  minItems: 2,
  maxItems: 2,
} as const;

const schema = {
  type: 'object',
  required: ['seed'],
  additionalProperties: false,
  properties: {
    seed: { type: 'integer' },
    rates: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, share])),
    },
    rules: {
      type: 'array',
      items: {
        type: 'object',
        required: ['fault'],
        additionalProperties: false,
        properties: {
          fault: { enum: [...FAULT_KINDS, 'none'] },
          function: { type: 'string' },
          invocation_type: { enum: ['RequestResponse', 'Event'] },
          contains: { type: 'string' },
          nth: { type: 'integer', minimum: 1 },
          probability: share,
        },
      },
    },
    key: { type: 'array', items: { type: 'string', pattern: '^/' } },
    slow_start_seconds: range,
    late_logs_seconds: range,
    shuffled_logs_seconds: range,
    duplicate_seconds: range,
    late_telemetry_seconds: range,
    lost_segments: share,
    broken_live_tail_seconds: range,
    log_marker: { type: 'string', minLength: 1 },
  },
} as const;

const isFaultScript = new Ajv({ allErrors: true }).compile<FaultScript>(schema);

/** @throws FaultScriptError */
export async function readFaultScript(path: string): Promise<FaultScript> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new FaultScriptError(`The fault script ${path} cannot be read: ${(error as Error).message}.`);
  }
  return checkFaultScript(content);
}

/** @throws FaultScriptError with all validation errors at once */
export function checkFaultScript(content: unknown): FaultScript {
  if (!isFaultScript(content)) {
    throw new FaultScriptError(
      `The fault script: ${describeValidationErrors(isFaultScript.errors).join('; ')}.`,
    );
  }
  const total = Object.values(content.rates ?? {}).reduce((sum, rate) => sum + rate, 0);
  if (total > 1)
    throw new FaultScriptError(`The fault script: the rates are ${total} together, more than 1.`);
  return content;
}
