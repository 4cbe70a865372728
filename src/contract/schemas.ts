/**
 * The schemas of requests. ajv validates with them, TypeScript types are derived from them, and /openapi.json shows
 * them. A request with an unknown member is refused. Responses (response-schemas.ts) may get new members.
 */
import type { FromSchema } from 'json-schema-to-ts';
import { INVOCATION_TYPES, LOG_TYPES, STATES } from '../domain/execution.ts';
import { QUALIFIER_PATTERN } from '../domain/function-name.ts';

/**
 * Refuses two kinds of characters. Control characters would split log lines, and PostgreSQL cannot store NUL. Halves of
 * surrogate pairs would all be stored as the same character by PostgreSQL.
 */
const PLAIN = '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]*$';
export const UUID = { type: 'string', format: 'uuid' } as const;
export const INSTANT = { type: 'string', format: 'date-time' } as const;
/** The largest integer of the ledger's columns. */
const LARGEST = 2_147_483_647;
const NAME = { type: 'string', minLength: 1, maxLength: 250, pattern: PLAIN } as const;

export const objectRefSchema = {
  type: 'object',
  description: 'An object in S3.',
  required: ['uri'],
  additionalProperties: false,
  properties: {
    uri: { type: 'string', pattern: '^s3://[^/]+/.+$', maxLength: 1200, description: 's3://bucket/key' },
    size: { type: 'integer', minimum: 0, description: 'bytes' },
    sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    content_type: { type: 'string', minLength: 1, maxLength: 200, pattern: PLAIN },
  },
} as const;

export const airflowTaskSchema = {
  type: 'object',
  description: 'The Airflow task instance that submits.',
  required: ['dag_id', 'run_id', 'task_id'],
  additionalProperties: false,
  properties: {
    dag_id: NAME,
    run_id: NAME,
    task_id: NAME,
    map_index: { type: 'integer', minimum: -1, maximum: LARGEST, default: -1 },
    try_number: { type: 'integer', minimum: 0, maximum: LARGEST },
  },
} as const;

export const submitSchema = {
  type: 'object',
  required: ['function'],
  additionalProperties: false,
  properties: {
    function: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description: 'name, name:qualifier, account:function:name, or a full ARN',
    },
    qualifier: {
      type: 'string',
      pattern: QUALIFIER_PATTERN,
      description: 'version, alias, $LATEST or $LATEST.PUBLISHED',
    },
    payload: { description: 'any JSON; the function receives exactly the text written here' },
    payload_ref: {
      ...objectRefSchema,
      description: 'a payload in S3, as in the response of POST /v1/payloads',
    },
    invocation_type: { enum: INVOCATION_TYPES, default: 'RequestResponse' },
    completion: {
      type: 'array',
      items: { type: 'string', maxLength: 20 },
      minItems: 1,
      maxItems: 5,
      uniqueItems: true,
      description: 'completion channels; absent: chosen by function policy, function and invocation type',
    },
    log_type: { enum: LOG_TYPES, default: 'None' },
    client_context: {
      type: 'string',
      maxLength: 3583,
      pattern: '^[A-Za-z0-9+/]*={0,2}$',
      description: 'base64, RequestResponse only',
    },
    tenant_id: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (X-Amz-Tenant-Id)
      pattern: '^[a-zA-Z0-9._:/=+@ -]+$',
      description: 'for functions that isolate tenants',
    },
    timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 31_622_400,
      description: 'seconds until the deadline',
    },
    idempotency_key: { type: 'string', minLength: 1, maxLength: 255, pattern: PLAIN },
    rerun_failed: {
      type: 'boolean',
      default: false,
      description:
        'if the execution of this key failed or was cancelled, start a new one; repeat it only with airflow.try_number',
    },
    envelope: {
      type: 'boolean',
      default: false,
      description: 'the event is {payload | payload_ref, bridge}: for functions that use the helper',
    },
    labels: {
      type: 'object',
      maxProperties: 20,
      propertyNames: { minLength: 1, maxLength: 63, pattern: PLAIN },
      additionalProperties: { type: 'string', maxLength: 255 },
    },
    airflow: airflowTaskSchema,
  },
} as const;
export type SubmitBody = FromSchema<typeof submitSchema>;

const waitParameter = {
  type: 'number',
  minimum: 0,
  maximum: 60,
  description: 'seconds to wait for the end before the response',
} as const;

export const waitQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: { wait: waitParameter },
} as const;

export const listQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    dag_id: NAME,
    run_id: NAME,
    task_id: NAME,
    map_index: { type: 'integer', minimum: -1, maximum: LARGEST },
    function: NAME,
    state: { enum: STATES },
    limit: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    cursor: { ...UUID, description: 'next_cursor of the page before' },
  },
} as const;
export type ListQuery = FromSchema<typeof listQuerySchema>;

export const logsQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    // The cursor has a count for each run, and a durable execution may have hundreds of runs. The limit is nearly the
    // most that Node accepts for URL and headers together.
    after: { type: 'string', maxLength: 12_000, description: 'next_after of the previous response' },
  },
} as const;

export const objectQuerySchema = {
  type: 'object',
  required: ['uri'],
  additionalProperties: false,
  properties: { uri: objectRefSchema.properties.uri, replace: { type: 'boolean', default: false } },
} as const;

export const noQuerySchema = { type: 'object', additionalProperties: false } as const;

export const idSchema = {
  type: 'object',
  required: ['id'],
  properties: { id: UUID },
} as const;
