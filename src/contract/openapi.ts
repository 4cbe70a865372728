import { OPERATIONS, type Operation } from './operations.ts';
import { problemSchema } from './response-schemas.ts';

interface ObjectSchema {
  properties?: Record<string, { description?: string }>;
  required?: readonly string[];
}

/** The contract as an OpenAPI 3.1 document, generated from the schemas that ajv uses. */
export function openApi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, object>> = {};
  for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(id, operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'airflow-lambda-bridge', version },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, attempt_token: ATTEMPT_TOKEN },
    },
  };
}

function describe(operationId: string, operation: Operation): object {
  const idempotency = operationId === 'submitExecution' ? [IDEMPOTENCY_HEADER] : [];
  return {
    operationId,
    summary: operation.summary,
    security: SECURITY[operation.token ?? 'bridge'],
    parameters: [
      ...parameters('path', operation.params),
      ...parameters('query', operation.query),
      ...idempotency,
    ],
    ...(operation.body ? { requestBody: { required: true, content: content(operation.body) } } : {}),
    responses: { ...responsesOf(operation), default: PROBLEM },
  };
}

function responsesOf(operation: Operation): object {
  return Object.fromEntries(
    Object.entries(operation.responses).map(([status, { description, body }]) => [
      status,
      { description, content: content(body) },
    ]),
  );
}

function parameters(place: 'path' | 'query', schema: ObjectSchema = {}): object[] {
  return Object.entries(schema.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: schema.required?.includes(name) ?? false,
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function content(body: object | 'bytes'): object {
  return body === 'bytes' ? { 'application/octet-stream': {} } : { 'application/json': { schema: body } };
}

const SECURITY = { bridge: [{ token: [] }], attempt: [{ attempt_token: [] }], none: [] };

const ATTEMPT_TOKEN = {
  type: 'http',
  scheme: 'bearer',
  description: 'bridge.reply.callback.token of the event that the function received',
};

const IDEMPOTENCY_HEADER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'the same as idempotency_key in the body',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const PROBLEM = {
  description: 'A problem (RFC 9457), with every error of the request',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
