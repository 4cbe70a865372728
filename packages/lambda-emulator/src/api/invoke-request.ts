/** Reads and validates an Invoke request. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import type { IncomingMessage } from 'node:http';
import { AwsError, constraintViolated } from './aws-error.ts';
import { readBody } from './request-body.ts';

export interface InvokeRequest {
  type: (typeof INVOCATION_TYPES)[number];
  withTail: boolean;
  payload: Buffer;
  /** JSON text on one line */
  clientContext: string | null;
  traceHeader: string | null;
  durableName: string | null;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNC_LIMIT_BYTES = 6 * 1024 * 1024;
const ASYNC_LIMIT_BYTES = 1024 * 1024;
const CLIENT_CONTEXT_LIMIT_BYTES = 3583;

const INVOCATION_TYPES = ['RequestResponse', 'Event', 'DryRun'] as const;

/** @throws AwsError if the request has an error that Lambda reports before it looks up the function */
export async function readInvokeRequest(request: IncomingMessage): Promise<InvokeRequest> {
  const type = readEnum(request, 'x-amz-invocation-type', 'invocationType', INVOCATION_TYPES);
  const logType = readEnum(request, 'x-amz-log-type', 'logType', ['None', 'Tail'] as const);
  return {
    type,
    withTail: logType === 'Tail',
    durableName: readHeader(request, 'x-amz-durable-execution-name') ?? null,
    traceHeader: readHeader(request, 'x-amzn-trace-id') ?? null,
    payload: await readPayload(request, type === 'Event' ? ASYNC_LIMIT_BYTES : SYNC_LIMIT_BYTES),
    clientContext: readClientContext(request),
  };
}

function readEnum<T extends string>(
  request: IncomingMessage,
  header: string,
  member: string,
  values: readonly [T, ...T[]],
): T {
  const given = readHeader(request, header);
  if (given === undefined) return values[0];
  const value = values.find((candidate) => candidate === given);
  if (value === undefined) throw constraintViolated(given, member, `enum value set: [${values.join(', ')}]`);
  return value;
}

/** The event, byte for byte. Without a payload the function gets an empty object. */
async function readPayload(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const body = await readBody(request, limitBytes);
  if (body === 'too_large') {
    const text = `Request must be smaller than ${limitBytes} bytes for the InvokeFunction operation`;
    throw new AwsError(413, 'RequestTooLargeException', text);
  }
  if (body.length === 0) return Buffer.from('{}');
  try {
    JSON.parse(body.toString());
  } catch {
    throw invalidContent('Could not parse request body into json: Could not parse payload into json');
  }
  return body;
}

/** @returns JSON text on one line */
function readClientContext(request: IncomingMessage): string | null {
  const encoded = readHeader(request, 'x-amz-client-context');
  if (encoded === undefined) return null;
  if (encoded.length > CLIENT_CONTEXT_LIMIT_BYTES) {
    throw invalidContent(
      `Client context must be no longer than ${CLIENT_CONTEXT_LIMIT_BYTES} bytes in base64.`,
    );
  }
  try {
    const context: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString());
    if (typeof context === 'object' && context !== null && !Array.isArray(context))
      return JSON.stringify(context);
  } catch {
    // The error is thrown below, together with that for JSON that is not an object.
  }
  throw invalidContent('Client context must be a valid Base64-encoded JSON object.');
}

function invalidContent(text: string): AwsError {
  return new AwsError(400, 'InvalidRequestContentException', text);
}

function readHeader(request: IncomingMessage, name: string): string | undefined {
  return request.headers[name]?.toString();
}
