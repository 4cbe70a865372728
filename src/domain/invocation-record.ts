/**
 * How an asynchronous invocation ended, from what Lambda sends to a destination or a dead-letter queue. Members vary
 * by case and are partly undocumented, so every one but the request id may be absent:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import { asNumber, asRecord, asText, parseRecord } from './foreign-json.ts';
import { describeError, functionError } from './function-error.ts';
import type { ExecutionError, Outcome } from './outcome.ts';
import { rawMember } from './raw-member.ts';

/** What a record tells of the invocation that it names. */
export interface InvocationRecord {
  requestId: string;
  outcome: Outcome;
  /** which function ran, with a qualifier; a dead letter does not say it */
  functionArn?: string;
  /** of the X-Ray header of its message; absent where a function may have invoked itself within the trace */
  traceRoot?: string;
}

/** Wide enough for what Lambda may come to write, and nothing that the ledger's columns refuse. */
const ID = /^[\w$.-]{1,128}$/;
const LARGEST_COUNT = 1_000_000;

/**
 * @param text the record itself, or its wrapping by EventBridge (`detail`) or SNS (`Message`)
 * @param attributes of the message around it: a dead-letter queue gets the bare event, and the outcome only there
 * @returns undefined when it tells of no invocation
 */
export function parseInvocationRecord(
  text: string,
  attributes: Readonly<Record<string, string>> = {},
): InvocationRecord | undefined {
  const record = deadLetter(attributes) ?? fromText(text);
  const traceRoot = rootOf(attributes['AWSTraceHeader']);
  return record && traceRoot !== undefined ? { ...record, traceRoot } : record;
}

/**
 * `Root=ID;Parent=ID;Sampled=0;Lineage=HASH:COUNT`. Lambda counts in Lineage how often the event came by the same function
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html; its form is undocumented, and varies). Then the
 * record may be that of an invocation which the function itself has sent, with the root of its own.
 */
function rootOf(header: string | undefined): string | undefined {
  const fields = new Map((header ?? '').split(';').map((field) => splitOnce(field.trim(), '=')));
  const passes = (fields.get('Lineage') ?? '').split(/\||%7C/i);
  const looped = passes.some((pass) => !/^$|:0$/.test(pass));
  return looped ? undefined : fields.get('Root');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function fromText(text: string): InvocationRecord | undefined {
  const body = parseRecord(text);
  if (!body) return undefined;
  if (asRecord(body['requestContext'])) return destinationRecord(text, body);
  if (asRecord(body['detail'])) return fromText(rawMember(text, 'detail') ?? '');
  const message = asText(body['Message']);
  return message === undefined ? undefined : parseInvocationRecord(message, snsAttributes(body));
}

function snsAttributes(body: Record<string, unknown>): Record<string, string> {
  const attributes = Object.entries(asRecord(body['MessageAttributes']) ?? {});
  return Object.fromEntries(
    attributes.flatMap(([name, attribute]) => {
      const value = asText(asRecord(attribute)?.['Value']);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function destinationRecord(text: string, body: Record<string, unknown>): InvocationRecord | undefined {
  const request = asRecord(body['requestContext']);
  const response = asRecord(body['responseContext']);
  const requestId = validId(asText(request?.['requestId']));
  const condition = asText(request?.['condition']);
  if (requestId === undefined || condition === undefined) return undefined;
  const deliveries = asCount(request?.['approximateInvokeCount']);
  const executedVersion = validId(asText(response?.['executedVersion']));
  const evidence = {
    requestId,
    ...(deliveries === undefined ? {} : { deliveries }),
    ...(executedVersion === undefined ? {} : { executedVersion }),
  };
  const functionArn = asText(request?.['functionArn']);
  const names = { requestId, ...(functionArn === undefined ? {} : { functionArn }) };
  const payload = rawMember(text, 'responsePayload');
  const functionFailed = asText(response?.['functionError']);
  if (condition === 'Success' && functionFailed === undefined) {
    // without responsePayload the answer was no JSON or too long for the destination; the function succeeded all the same
    const result = payload === undefined ? {} : { result: payload };
    return { ...names, outcome: { state: 'succeeded', ...result, ...evidence } };
  }
  const error =
    functionFailed === undefined
      ? gaveUp(condition, asNumber(response?.['statusCode']))
      : functionError(payload ?? '');
  return { ...names, outcome: { state: 'failed', error, ...evidence } };
}

/** The attributes of a dead-letter message: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq */
function deadLetter(attributes: Readonly<Record<string, string>>): InvocationRecord | undefined {
  const requestId = validId(attributes['RequestID']);
  if (requestId === undefined) return undefined;
  const status = Number(attributes['ErrorCode'] ?? Number.NaN);
  const message = attributes['ErrorMessage'] ?? '';
  // 200: Lambda did its part, the function failed
  const error =
    status === 200 || Number.isNaN(status)
      ? describeError(undefined, message)
      : gaveUp(message || 'no reason', status);
  return { requestId, outcome: { state: 'failed', error, requestId } };
}

/** Lambda ended the event although no run of the function failed last. `reason`: its own word. */
function gaveUp(reason: string, status: number | undefined): ExecutionError {
  if (status === 404)
    return {
      kind: 'invoke_rejected',
      type: 'ResourceNotFoundException',
      message: 'The function, version or alias was deleted before Lambda could run the event.',
      retryable: false,
    };
  if (reason === 'ZeroReservedConcurrency')
    return {
      kind: 'throttled',
      type: reason,
      message: 'The function has a reserved concurrency of 0, so Lambda did not run it. Raise it.',
      retryable: false,
    };
  // not `lost`, which is for what nobody knows: the event provably got no room to run in
  if (reason === 'EventAgeExceeded' || status === 429)
    return {
      kind: 'throttled',
      type: reason,
      message: 'Lambda had no room to run the event before it was too old, and dropped it.',
      retryable: true,
    };
  const said = status === undefined ? reason : `${reason}, status ${status}`;
  return {
    kind: 'invoke_rejected',
    type: reason,
    message: `Lambda gave the event up: ${said}.`,
    retryable: true,
  };
}

function asCount(value: unknown): number | undefined {
  const count = asNumber(value);
  return Number.isInteger(count) && count !== undefined && count >= 0 && count <= LARGEST_COUNT
    ? count
    : undefined;
}

function validId(text: string | undefined): string | undefined {
  return text !== undefined && ID.test(text) ? text : undefined;
}
