import { AwsError, constraintBroken } from './aws-error.js';
import { readBody } from './request-body.js';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNC_LIMIT_BYTES = 6 * 1024 * 1024;
const ASYNC_LIMIT_BYTES = 1024 * 1024;
const CLIENT_CONTEXT_LIMIT_BYTES = 3583;
const INVOCATION_TYPES = ['RequestResponse', 'Event', 'DryRun'];
/** @throws AwsError for whatever Lambda refuses before it looks at the function */
export async function readInvokeRequest(request) {
  const type = readEnum(request, 'x-amz-invocation-type', 'invocationType', INVOCATION_TYPES);
  const logType = readEnum(request, 'x-amz-log-type', 'logType', ['None', 'Tail']);
  return {
    type,
    withTail: logType === 'Tail',
    durableName: readHeader(request, 'x-amz-durable-execution-name') ?? null,
    traceHeader: readHeader(request, 'x-amzn-trace-id') ?? null,
    payload: await readPayload(request, type === 'Event' ? ASYNC_LIMIT_BYTES : SYNC_LIMIT_BYTES),
    clientContext: readClientContext(request),
  };
}
function readEnum(request, header, member, values) {
  const given = readHeader(request, header);
  if (given === undefined) return values[0];
  const value = values.find((candidate) => candidate === given);
  if (value === undefined) throw constraintBroken(given, member, `enum value set: [${values.join(', ')}]`);
  return value;
}
/** The event, byte for byte; an absent one reaches the function as an empty object. */
async function readPayload(request, limitBytes) {
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
function readClientContext(request) {
  const encoded = readHeader(request, 'x-amz-client-context');
  if (encoded === undefined) return null;
  if (encoded.length > CLIENT_CONTEXT_LIMIT_BYTES) {
    throw invalidContent(
      `Client context must be no longer than ${CLIENT_CONTEXT_LIMIT_BYTES} bytes in base64.`,
    );
  }
  try {
    const context = JSON.parse(Buffer.from(encoded, 'base64').toString());
    if (typeof context === 'object' && context !== null && !Array.isArray(context))
      return JSON.stringify(context);
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw invalidContent('Client context must be a valid Base64-encoded JSON object.');
}
function invalidContent(text) {
  return new AwsError(400, 'InvalidRequestContentException', text);
}
function readHeader(request, name) {
  return request.headers[name]?.toString();
}
//# sourceMappingURL=invoke-request.js.map
