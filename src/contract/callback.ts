/** A function's callback about its own attempt, and the response to it. */
import type { FromSchema } from 'json-schema-to-ts';
import { InvalidRequest } from '../domain/errors.ts';
import { describeError } from '../domain/function-error.ts';
import type { Outcome } from '../domain/outcome.ts';
import { rawMember } from '../domain/raw-member.ts';
import { parseJson } from './parse-json.ts';
import { UUID } from './schemas.ts';
import { bodyValidator } from './validate.ts';

export const attemptKeySchema = {
  type: 'object',
  required: ['id', 'attempt'],
  properties: { id: UUID, attempt: { type: 'integer', minimum: 1, maximum: 2_147_483_647 } },
} as const;

const succeededSchema = {
  type: 'object',
  required: ['type', 'result'],
  additionalProperties: false,
  properties: {
    type: { const: 'succeeded' },
    result: { description: 'any JSON; kept as the text written here' },
  },
} as const;

const failedSchema = {
  type: 'object',
  required: ['type', 'error'],
  additionalProperties: false,
  properties: {
    type: { const: 'failed' },
    error: {
      type: 'object',
      required: ['message'],
      additionalProperties: false,
      properties: {
        type: { type: 'string', maxLength: 500, description: 'the class of the exception' },
        message: { type: 'string' },
        stack_trace: { type: 'array', items: { type: 'string' } },
      },
    },
  },
} as const;

/** The maximum length of the JSON text. Each response with the execution contains the progress, so it must be short. */
const PROGRESS_LENGTH = 16_384;

const heartbeatSchema = {
  type: 'object',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { const: 'heartbeat' },
    progress: { description: `any JSON of up to ${PROGRESS_LENGTH} characters: how far the function is` },
  },
} as const;

export const callbackSchema = { oneOf: [succeededSchema, failedSchema, heartbeatSchema] } as const;

const anyKindSchema = {
  type: 'object',
  required: ['type'],
  properties: { type: { enum: ['succeeded', 'failed', 'heartbeat'] } },
} as const;

export const callbackResponseSchema = {
  type: 'object',
  required: ['accepted', 'cancel'],
  properties: {
    accepted: { type: 'boolean', description: 'false: the heartbeat is for an attempt that has ended' },
    cancel: {
      type: 'boolean',
      description: 'the execution was cancelled or passed its deadline: stop when you can',
    },
  },
} as const;

export type AttemptCallback = { type: 'ended'; outcome: Outcome } | { type: 'heartbeat'; progress: unknown };

// Checks the type first, and then the schema of this type. With a `oneOf`, ajv would list errors for every alternative.
const validateKind = bodyValidator<FromSchema<typeof anyKindSchema>>(anyKindSchema);
const validateSucceeded = bodyValidator<FromSchema<typeof succeededSchema>>(succeededSchema);
const validateFailed = bodyValidator<FromSchema<typeof failedSchema>>(failedSchema);
const validateHeartbeat = bodyValidator<FromSchema<typeof heartbeatSchema>>(heartbeatSchema);

/** @param text the unchanged body @throws InvalidRequest with every error */
export function readCallback(text: string): AttemptCallback {
  const value = parseJson(text);
  switch (validateKind(value).type) {
    case 'heartbeat': {
      const { progress } = validateHeartbeat(value);
      if ((rawMember(text, 'progress') ?? '').length > PROGRESS_LENGTH)
        throw new InvalidRequest([
          { pointer: '/progress', message: `must have ${PROGRESS_LENGTH} characters or less` },
        ]);
      return { type: 'heartbeat', progress };
    }
    case 'failed': {
      const { type, message, stack_trace } = validateFailed(value).error;
      return {
        type: 'ended',
        outcome: { state: 'failed', error: describeError(type, message, stack_trace) },
      };
    }
    case 'succeeded':
      validateSucceeded(value);
      return { type: 'ended', outcome: { state: 'succeeded', result: rawMember(text, 'result') ?? 'null' } };
  }
}
