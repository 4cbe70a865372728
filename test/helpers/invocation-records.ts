/**
 * What Lambda sends to destinations, member for member as its documentation shows it:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */

export interface RecordParts {
  requestId: string;
  condition?: string;
  count?: number;
  /** JSON text, put in as it is; null: the record has none */
  responsePayload?: string | null;
  functionError?: string;
  /** null: the record has no responseContext */
  statusCode?: number | null;
}

/** The text of a record; a success unless told otherwise. */
export function destinationRecord(parts: RecordParts): string {
  const {
    requestId,
    condition = 'Success',
    count = 1,
    responsePayload = '{"ok":true}',
    statusCode = 200,
  } = parts;
  const requestContext = {
    requestId,
    functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:sleepy:$LATEST',
    condition,
    approximateInvokeCount: count,
  };
  const responseContext = {
    statusCode,
    ...(statusCode === 200 ? { executedVersion: '$LATEST' } : {}),
    ...(parts.functionError === undefined ? {} : { functionError: parts.functionError }),
  };
  const members = [
    '"version":"1.0"',
    '"timestamp":"2026-11-14T18:16:05.568Z"',
    `"requestContext":${JSON.stringify(requestContext)}`,
    '"requestPayload":{"responsePayload":"of the request"}',
    ...(statusCode === null ? [] : [`"responseContext":${JSON.stringify(responseContext)}`]),
    ...(responsePayload === null ? [] : [`"responsePayload":${responsePayload}`]),
  ];
  return `{${members.join(',')}}`;
}

/** A function error after all of Lambda's tries. */
export function failureRecord(requestId: string, parts: Partial<RecordParts> = {}): string {
  return destinationRecord({
    requestId,
    condition: 'RetriesExhausted',
    count: 3,
    functionError: 'Unhandled',
    responsePayload: JSON.stringify({
      errorMessage: 'told to fail',
      errorType: 'ValueError',
      requestId,
      stackTrace: ['  File "/var/task/app.py", line 8, in handler\n'],
    }),
    ...parts,
  });
}
