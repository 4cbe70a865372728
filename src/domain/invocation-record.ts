/**
 * Reads invocation records, which show how an asynchronous invocation ended. Lambda sends them to a destination or to a
 * dead-letter queue. Their members depend on the case and are partly undocumented. So every member except the request
 * id may be absent: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import { asNumber, asRecord, asText, parseRecord } from './foreign-json.ts';
import { describeError, functionError } from './function-error.ts';
import type { ExecutionError, Outcome } from './outcome.ts';
import { rawMember } from './raw-member.ts';

/** What a record says about its invocation. */
export interface InvocationRecord {
  requestId: string;
  outcome: Outcome;
  /** the function that ran, with a qualifier; absent in a dead letter */
  functionArn?: string;
  /**
   * the trace root in the X-Ray header of the message; absent if a function may have invoked itself within the trace
   */
  traceRoot?: string;
}

/** The form of ids: wider than Lambda's present ids, but without characters that the ledger's columns refuse. */
const ID = /^[\w$.-]{1,128}$/;
const LARGEST_COUNT = 1_000_000;

/**
 * @param text the record itself, or the record as EventBridge (`detail`) or SNS (`Message`) wraps it
 * @param attributes the attributes of the message; for a dead letter, only they contain the outcome
 * @returns undefined if the text is not a record of an invocation
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
 * The root in a trace header `Root=ID;Parent=ID;Sampled=0;Lineage=HASH:COUNT`. In Lineage, Lambda counts how many times
 * the event has passed through the same function
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html; the form is undocumented, and varies). If
 * the count is not 0, the function may have invoked itself with the same root, and the record may belong to that
 * invocation. Then there is no root.
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
    // Without responsePayload, the result was not JSON or was too long for the destination. The function succeeded
    // anyway.
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
  // 200 means that Lambda ran the function, and that the function failed.
  const error =
    status === 200 || Number.isNaN(status)
      ? describeError(undefined, message)
      : gaveUp(message || 'no reason', status);
  return { requestId, outcome: { state: 'failed', error, requestId } };
}

/**
 * The error of an event that Lambda ended for another reason than a failed run.
 * @param reason Lambda's own word for it
 */
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
      message:
        'The function has a reserved concurrency of 0, so Lambda did not run it. Raise the concurrency.',
      retryable: false,
    };
  // The kind is not `lost`, because it is known what happened: the event did not run for lack of capacity.
  if (reason === 'EventAgeExceeded' || status === 429)
    return {
      kind: 'throttled',
      type: reason,
      message: 'Lambda had no capacity to run the event before it was too old, and dropped it.',
      retryable: true,
    };
  const said = status === undefined ? reason : `${reason}, status ${status}`;
  return {
    kind: 'invoke_rejected',
    type: reason,
    message: `Lambda gave up the event: ${said}.`,
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
