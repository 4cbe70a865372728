/**
 * The record that Lambda sends to a destination when an asynchronous event has ended. Members as in the examples of
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { functionArn, LATEST } from '../functions/function-name.ts';
import type { EventEnd } from '../model.ts';

export function destinationRecord(end: EventEnd, region: string): object {
  const { invocation, qualifier, condition, runs, result } = end;
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: invocation.requestId,
      functionArn: functionArn(region, invocation.settings.name, qualifier ?? LATEST),
      condition,
      // AWS sends 1 for a success, even after failed tries, as recordings show (docs/local-lambda.md).
      approximateInvokeCount: condition === 'Success' ? 1 : runs,
    },
    requestPayload: JSON.parse(invocation.payload.toString()),
    ...describeResponse(end),
    ...(result && describePayload(result.payload)),
  };
}

const ERROR_MESSAGE_BYTES = 1024;

/** `ErrorCode` is the status of the last answer: 200 for an error of the function, 429 if it could not run. */
export function deadLetterAttributes({
  invocation,
  result,
}: EventEnd): Record<string, MessageAttributeValue> {
  const text = result === null ? 'Rate Exceeded.' : readErrorMessage(result.payload);
  const message = Buffer.from(text).subarray(0, ERROR_MESSAGE_BYTES).toString();
  return {
    RequestID: { DataType: 'String', StringValue: invocation.requestId },
    ErrorCode: { DataType: 'Number', StringValue: result === null ? '429' : '200' },
    // SQS refuses an empty attribute.
    ...(message && { ErrorMessage: { DataType: 'String', StringValue: message } }),
  };
}

function readErrorMessage(payload: Buffer): string {
  try {
    return String(JSON.parse(payload.toString()).errorMessage ?? '');
  } catch {
    return '';
  }
}

/**
 * The member with the result. A result may not be JSON: for example, the Python runtime may write NaN. Then the record
 * has `deliveryError` instead, as recordings on AWS show (docs/local-lambda.md).
 */
function describePayload(payload: Buffer): object {
  try {
    return { responsePayload: JSON.parse(payload.toString()) };
  } catch {
    return { deliveryError: { statusCode: 400, errorCode: 'InvalidRequestContentException' } };
  }
}

function describeResponse({ invocation, condition, result }: EventEnd): object {
  if (condition === 'ZeroReservedConcurrency') return {};
  if (result === null) return { responseContext: { statusCode: 429 } };
  return {
    responseContext: {
      statusCode: 200,
      executedVersion: invocation.version,
      ...(result.errorType !== null && { functionError: 'Unhandled' }),
    },
  };
}
