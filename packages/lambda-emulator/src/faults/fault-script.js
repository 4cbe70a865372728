/** The fault script: what goes wrong, how often, and where. The same seed makes the same faults again. */
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describeFaults } from '../functions/schema-errors.js';
/** In this order a request's one draw is held against the rates. */
export const FAULT_KINDS = [
  /** 429, the function does not run */
  'throttle',
  /** the connection is reset once the request has been read; the function never runs */
  'reset_before',
  /** the connection is reset in place of the answer; the function ran, an event was accepted */
  'reset_after',
  /** as reset_after, but the connection stays open and silent */
  'half_open',
  /** the answer ends in the middle of its body, or of its headers where it has no body */
  'cut_short',
  /** an HTML page of something in front of Lambda; half of the functions ran */
  'gateway_502',
  /** ServiceException; half of the functions ran */
  'internal_500',
  /** an event runs a second time, without any error */
  'duplicate_delivery',
  /** an accepted event never runs */
  'dropped_delivery',
  /** a new environment that takes long to start */
  'slow_start',
  /** the log lines of the invocation become visible late */
  'late_logs',
];
/** Says in a sentence what is wrong with the script. */
export class FaultScriptError extends Error {
  name = 'FaultScriptError';
}
const share = { type: 'number', minimum: 0, maximum: 1 };
const range = {
  type: 'array',
  items: { type: 'number', minimum: 0 },
  minItems: 2,
  maxItems: 2,
};
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
    duplicate_seconds: range,
    log_marker: { type: 'string', minLength: 1 },
  },
};
const isFaultScript = new Ajv({ allErrors: true }).compile(schema);
/** @throws FaultScriptError */
export async function readFaultScript(path) {
  let content;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new FaultScriptError(`The fault script ${path} cannot be read: ${error.message}.`);
  }
  return checkFaultScript(content);
}
/** @throws FaultScriptError with every fault of the script at once */
export function checkFaultScript(content) {
  if (!isFaultScript(content)) {
    throw new FaultScriptError(`The fault script: ${describeFaults(isFaultScript.errors).join('; ')}.`);
  }
  const total = Object.values(content.rates ?? {}).reduce((sum, rate) => sum + rate, 0);
  if (total > 1) throw new FaultScriptError(`The fault script: the rates are ${total} together, over 1.`);
  return content;
}
//# sourceMappingURL=fault-script.js.map
