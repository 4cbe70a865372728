/** What a function reports of its attempt, and what it is told. */
import type { FromSchema } from 'json-schema-to-ts';
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

export const callbackSchema = {
  type: 'object',
  required: ['type'],
  properties: { type: { enum: ['succeeded', 'failed', 'heartbeat'] } },
  oneOf: [
    {
      title: 'Succeeded',
      type: 'object',
      required: ['type', 'result'],
      additionalProperties: false,
      properties: {
        type: { const: 'succeeded' },
        result: { description: 'any JSON; kept as the text written here' },
      },
    },
    {
      title: 'Failed',
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
    },
    {
      title: 'Heartbeat',
      type: 'object',
      required: ['type'],
      additionalProperties: false,
      properties: {
        type: { const: 'heartbeat' },
        progress: { description: 'any JSON: how far it is' },
      },
    },
  ],
  discriminator: { propertyName: 'type' },
} as const;
type CallbackBody = FromSchema<typeof callbackSchema>;

export const callbackAnswerSchema = {
  type: 'object',
  required: ['accepted', 'cancel'],
  properties: {
    accepted: { type: 'boolean', description: 'false: a sign of life of an attempt that has ended' },
    cancel: { type: 'boolean', description: 'nobody waits for the outcome any more: stop when you can' },
  },
} as const;

export type AttemptReport = { type: 'ended'; outcome: Outcome } | { type: 'heartbeat'; progress: unknown };

const validate = bodyValidator<CallbackBody>(callbackSchema);

/** @param text the body as it came @throws InvalidRequest with every fault */
export function readReport(text: string): AttemptReport {
  const body = validate(parseJson(text));
  switch (body.type) {
    case 'heartbeat':
      return { type: 'heartbeat', progress: body.progress };
    case 'failed': {
      const { type, message, stack_trace } = body.error;
      return {
        type: 'ended',
        outcome: { state: 'failed', error: describeError(type, message, stack_trace) },
      };
    }
    case 'succeeded':
      return { type: 'ended', outcome: { state: 'succeeded', result: rawMember(text, 'result') ?? 'null' } };
  }
}
