/** The schemas of the bridge's responses. /openapi.json shows them, and the tests check real responses with them. */
import { DOUBT_CODES, INVOCATION_TYPES, LOG_TYPES, STATES } from '../domain/execution.ts';
import { ERROR_KINDS, PROOFS } from '../domain/outcome.ts';
import { airflowTaskSchema, INSTANT, objectRefSchema, UUID } from './schemas.ts';

const errorSchema = {
  type: 'object',
  required: ['kind', 'message', 'retryable'],
  properties: {
    kind: { enum: ERROR_KINDS },
    type: { type: 'string', description: "Lambda's errorType, or the name of the AWS exception" },
    message: { type: 'string' },
    stack_trace: { type: 'array', items: { type: 'string' } },
    retryable: { type: 'boolean' },
  },
} as const;

export const attemptSchema = {
  type: 'object',
  required: ['number', 'phase', 'started_at', 'late'],
  properties: {
    number: { type: 'integer' },
    phase: { enum: ['invoking', 'accepted', 'in_doubt', 'ended'] },
    started_at: INSTANT,
    ended_at: INSTANT,
    request_id: { type: 'string' },
    executed_version: { type: 'string' },
    durable_execution_arn: { type: 'string' },
    paused_at: {
      ...INSTANT,
      description: 'the time of the poll that found the durable execution paused; absent if it is not paused',
    },
    heartbeat_at: INSTANT,
    progress: { description: 'as the function reported it' },
    doubt: { type: 'string', description: "why Invoke's answer is not known" },
    doubt_code: { enum: DOUBT_CODES },
    channel: { type: 'string' },
    outcome: { enum: ['succeeded', 'failed', 'refused'] },
    late: {
      type: 'boolean',
      description: 'true: it ended after its execution, so the outcome is only kept here',
    },
    error: errorSchema,
    deliveries: { type: 'integer', description: 'how many times Lambda ran the event' },
    proof: { enum: PROOFS, description: 'what proves an outcome that was learnt from logs' },
  },
} as const;

export const executionSchema = {
  type: 'object',
  description: 'A request to run a function, from its submit to its end. Members without a value are absent.',
  required: [
    'id',
    'state',
    'function',
    'invocation_type',
    'completion',
    'created_at',
    'attempt',
    'warnings',
    'labels',
  ],
  properties: {
    id: UUID,
    state: { enum: STATES },
    function: { type: 'string' },
    qualifier: { type: 'string' },
    invocation_type: { enum: INVOCATION_TYPES },
    log_type: { enum: LOG_TYPES },
    tenant_id: { type: 'string' },
    completion: { type: 'array', items: { type: 'string' } },
    created_at: INSTANT,
    started_at: INSTANT,
    finished_at: INSTANT,
    deadline_at: INSTANT,
    cancel_requested_at: INSTANT,
    attempt: { type: 'integer', description: '0 while queued for the first time' },
    request_id: { type: 'string', description: "Lambda's request id of the latest attempt" },
    executed_version: { type: 'string' },
    durable_execution_arn: { type: 'string' },
    settled_by: {
      type: 'string',
      description:
        'what ended it: a completion channel, invoke (Lambda refused the request), cancel, deadline or watcher (lost)',
    },
    result: { description: "the function's result, unchanged; only if the execution succeeded" },
    result_content_type: {
      type: 'string',
      description: 'the media type that Lambda sent with a result that is not application/json',
    },
    result_size: {
      type: 'integer',
      description:
        'length in bytes of a result that is not UTF-8 text or contains NUL; only /result returns it',
    },
    result_ref: objectRefSchema,
    error: errorSchema,
    warnings: {
      type: 'array',
      items: {
        type: 'object',
        required: ['code', 'message'],
        properties: { code: { type: 'string' }, message: { type: 'string' } },
      },
    },
    log_tail: { type: 'string', description: 'the last 4 KB of the log, with any log_type' },
    billing: {
      type: 'object',
      properties: {
        duration_ms: { type: 'number' },
        billed_ms: { type: 'number' },
        memory_mb: { type: 'number' },
        max_memory_mb: { type: 'number' },
        init_ms: { type: 'number' },
      },
    },
    payload_ref: objectRefSchema,
    airflow: airflowTaskSchema,
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    idempotency_key: { type: 'string' },
    previous_id: {
      ...UUID,
      description: 'the failed or cancelled execution that this one follows under the same key',
    },
    attempts: { type: 'array', items: attemptSchema },
    cancellation: {
      type: 'object',
      description: 'only in the response to a cancel: what the cancel achieved',
      required: ['effect', 'message'],
      properties: {
        effect: { enum: ['not_started', 'stopped', 'recorded', 'already_ended'] },
        message: { type: 'string' },
      },
    },
  },
} as const;

export const executionListSchema = {
  type: 'object',
  required: ['executions'],
  properties: {
    executions: {
      type: 'array',
      items: executionSchema,
      description: 'without result, log_tail and attempts',
    },
    next_cursor: UUID,
  },
} as const;

export const logsSchema = {
  type: 'object',
  required: ['events', 'next_after', 'complete', 'truncated', 'source'],
  properties: {
    events: {
      type: 'array',
      items: {
        type: 'object',
        required: ['message'],
        properties: { timestamp: INSTANT, message: { type: 'string' } },
      },
    },
    next_after: { type: 'string' },
    complete: { type: 'boolean', description: 'no line will follow' },
    truncated: { type: 'boolean', description: 'there are more lines than one response can contain' },
    source: { enum: ['cloudwatch', 'log_tail', 'none'] },
  },
} as const;

export const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'stable, for programs' },
    faults: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'message'],
        properties: { pointer: { type: 'string', description: 'RFC 6901' }, message: { type: 'string' } },
      },
    },
  },
} as const;
