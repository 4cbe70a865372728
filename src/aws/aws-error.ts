/**
 * Reads the errors that the SDK throws. The name alone is not enough: the SDK uses `TimeoutError` for refused
 * connections, for reset connections and for real timeouts.
 */

export interface AwsError {
  /** the name of the AWS exception or, for a network error, the name of Node's error */
  name: string;
  message: string;
  /** the code of a network error of Node, e.g. `ECONNREFUSED` */
  code: string | undefined;
  /** the HTTP status; absent when no answer came */
  statusCode: number | undefined;
}

export function readAwsError(thrown: unknown): AwsError {
  const error = (thrown ?? {}) as Partial<Record<'name' | 'message' | 'code', unknown>> & {
    $metadata?: { httpStatusCode?: number };
  };
  const code = typeof error.code === 'string' ? error.code : undefined;
  return {
    name: String(error.name ?? 'Error'),
    // Node's AggregateError for several refused addresses has no message.
    message: String(error.message || code || thrown),
    code,
    statusCode: error.$metadata?.httpStatusCode,
  };
}

/** AWS's message without its full stop, so that a sentence of the bridge can contain it. */
export function wordsOf({ message }: Pick<AwsError, 'message'>): string {
  return message.replace(/\.$/, '');
}

/** True when the service denied access. The status is checked, too, because the answer to a HEAD has no error name. */
export function isAccessDenied(error: AwsError): boolean {
  return error.statusCode === 403 || error.name === 'AccessDeniedException' || error.name === 'AccessDenied';
}

const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|SlowDown/;

/** True when the service refused the call because there were too many. */
export function isThrottled({ name, statusCode }: AwsError): boolean {
  return statusCode === 429 || THROTTLED.test(name);
}

/** True when the same call may succeed later: no answer, overload, or an error of the service. */
export function isPassing(error: AwsError): boolean {
  return error.statusCode === undefined || error.statusCode >= 500 || isThrottled(error);
}
