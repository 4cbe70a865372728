/** The schema of the file that BRIDGE_CONFIG names. */
import { submitSchema } from '../contract/schemas.ts';
import { bodyValidator, payloadValidator } from '../contract/validate.ts';
import { InvalidRequest } from '../domain/errors.ts';
import { UNPROVEN, type UnprovenPolicy } from '../domain/policy.ts';
import { LIMIT_NAMES } from './limits.ts';
import { MIN_TOKEN_LENGTH } from './token.ts';

export interface ConfigFile {
  functions?: {
    name: string;
    allow?: boolean;
    max_concurrency?: number;
    timeout_seconds?: number;
    tenant_id?: string;
    completion?: string[];
    queue?: string;
    failure_bucket?: string;
    input_schema?: object;
    unproven?: UnprovenPolicy;
    exclusive?: boolean;
  }[];
  buckets?: string[];
  tokens?: { name: string; token: string }[];
  live_tail?: boolean;
  limits?: Record<string, number>;
}

/**
 * The largest integer of the ledger's columns. It is also the longest time of Node's timers in ms: a longer one fires
 * at once.
 */
const LARGEST = 2_147_483_647;

const name = { type: 'string', minLength: 1 } as const;
const count = { type: 'integer', exclusiveMinimum: 0, maximum: LARGEST } as const;
const seconds = { type: 'number', exclusiveMinimum: 0, maximum: Math.floor(LARGEST / 1_000) } as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    functions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: {
          name,
          allow: { type: 'boolean' },
          max_concurrency: { type: 'integer', minimum: 1, maximum: LARGEST },
          timeout_seconds: submitSchema.properties.timeout_seconds,
          tenant_id: submitSchema.properties.tenant_id,
          completion: { type: 'array', items: name, minItems: 1, uniqueItems: true },
          queue: { type: 'string', pattern: '^https?://' },
          failure_bucket: name,
          input_schema: { type: 'object' },
          unproven: { enum: UNPROVEN },
          exclusive: { type: 'boolean' },
        },
      },
    },
    buckets: { type: 'array', items: name },
    tokens: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'token'],
        additionalProperties: false,
        properties: { name, token: { type: 'string', minLength: MIN_TOKEN_LENGTH } },
      },
    },
    live_tail: { type: 'boolean' },
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        LIMIT_NAMES.map((limit) => [
          limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          limit.endsWith('Seconds') ? seconds : count,
        ]),
      ),
    },
  },
} as const;

const validate = bodyValidator<ConfigFile>(schema);

/** @returns one sentence for each error in the file */
export function configFileErrors(value: unknown): string[] {
  try {
    return (validate(value).functions ?? []).flatMap(inputSchemaErrors);
  } catch (error) {
    if (error instanceof InvalidRequest)
      return error.validationErrors.map(({ pointer, message }) => `${pointer || 'it'} ${message}.`);
    throw error;
  }
}

function inputSchemaErrors({ input_schema }: { input_schema?: object }, at: number): string[] {
  if (!input_schema) return [];
  try {
    payloadValidator(input_schema);
    return [];
  } catch (error) {
    return [`/functions/${at}/input_schema is not a JSON Schema: ${(error as Error).message}.`];
  }
}
