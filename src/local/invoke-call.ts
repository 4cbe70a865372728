/**
 * The Invoke call: checks the request, and runs it, queues it, or only says that it would.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import type { IncomingMessage } from 'node:http';
import { AwsError, constraintBroken } from './aws-error.ts';
import type { EventQueue } from './event-queue.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { Invocation, InvocationRunner } from './invocation-runner.ts';
import { readBody } from './request-body.ts';

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | object;
}

/** The function an Invoke names, found and resolved. */
export interface InvokeTarget {
  settings: FunctionSettings;
  version: string;
  qualifier: string | null;
  arn: string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNC_LIMIT_BYTES = 6 * 1024 * 1024;
const ASYNC_LIMIT_BYTES = 1024 * 1024;
const CLIENT_CONTEXT_LIMIT_BYTES = 3583;

const INVOCATION_TYPES = ['RequestResponse', 'Event', 'DryRun'] as const;

export class InvokeCall {
  readonly #runner: InvocationRunner;
  readonly #queue: EventQueue;

  constructor(runner: InvocationRunner, queue: EventQueue) {
    this.#runner = runner;
    this.#queue = queue;
  }

  async answer(request: IncomingMessage, target: InvokeTarget, requestId: string): Promise<Answer> {
    const type = readEnum(request, 'x-amz-invocation-type', 'invocationType', INVOCATION_TYPES);
    const logType = readEnum(request, 'x-amz-log-type', 'logType', ['None', 'Tail'] as const);
    if (readHeader(request, 'x-amz-durable-execution-name') !== undefined) {
      throw new AwsError(
        400,
        'InvalidParameterValueException',
        `${target.settings.name} is not a durable function.`,
      );
    }
    const payload = await readPayload(request, type === 'Event' ? ASYNC_LIMIT_BYTES : SYNC_LIMIT_BYTES);
    const clientContext = readClientContext(request);
    if (type === 'DryRun') return { status: 204 };
    const { settings, version, qualifier, arn } = target;
    const traceHeader = readHeader(request, 'x-amzn-trace-id');
    const invocation: Invocation = {
      requestId,
      settings,
      version,
      payload,
      invokedArn: arn,
      invocationType: type,
      ...(traceHeader && { traceHeader }),
    };
    if (type === 'Event') {
      this.#queue.add(invocation, qualifier);
      return { status: 202 };
    }
    return this.#run(clientContext ? { ...invocation, clientContext } : invocation, logType === 'Tail');
  }

  async #run(invocation: Invocation, withTail: boolean): Promise<Answer> {
    const { payload, errorType, tail } = await this.#runner.run(invocation);
    const headers: Record<string, string> = { 'X-Amz-Executed-Version': invocation.version };
    if (errorType !== null) headers['X-Amz-Function-Error'] = 'Unhandled';
    if (withTail) headers['X-Amz-Log-Result'] = tail.toString('base64');
    if (invocation.traceHeader) headers['X-Amzn-Trace-Id'] = invocation.traceHeader;
    return { status: 200, headers, body: payload };
  }
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
  if (value === undefined) throw constraintBroken(given, member, `enum value set: [${values.join(', ')}]`);
  return value;
}

/** The event, byte for byte; an absent one reaches the function as an empty object. */
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
    return JSON.stringify(JSON.parse(Buffer.from(encoded, 'base64').toString()));
  } catch {
    throw invalidContent('Client context must be a valid Base64-encoded JSON object.');
  }
}

function invalidContent(text: string): AwsError {
  return new AwsError(400, 'InvalidRequestContentException', text);
}

function readHeader(request: IncomingMessage, name: string): string | undefined {
  return request.headers[name]?.toString();
}
