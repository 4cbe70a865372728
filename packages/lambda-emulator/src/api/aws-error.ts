/** Errors in the wire format of the AWS services. */

interface AwsErrorDetails {
  /** further members of the error's body, e.g. `Reason` */
  members?: Record<string, string>;
  headers?: Record<string, string>;
}

/** Lambda's API model names the text of these errors `Message`, of all others `message`. */
const CAPITAL_MESSAGE = new Set([
  'DurableExecutionAlreadyStartedException',
  'ResourceNotFoundException',
  'ServiceException',
]);

export class AwsError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly #members: Record<string, string>;

  constructor(status: number, name: string, message: string, details: AwsErrorDetails = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.headers = details.headers ?? {};
    this.#members = details.members ?? {};
  }

  /** REST-JSON: the name is in the header x-amzn-errortype. */
  lambdaBody(): Record<string, string> {
    const text = CAPITAL_MESSAGE.has(this.name) ? { Message: this.message } : { message: this.message };
    return { Type: this.status >= 500 ? 'Service' : 'User', ...text, ...this.#members };
  }

  /** JSON 1.1: the name is in `__type`. */
  logsBody(): Record<string, string> {
    return { __type: this.name, message: this.message, ...this.#members };
  }
}

export function functionNotFound(arn: string): AwsError {
  return new AwsError(404, 'ResourceNotFoundException', `Function not found: ${arn}`);
}

export function throttled(reason: string): AwsError {
  return new AwsError(429, 'TooManyRequestsException', 'Rate Exceeded.', {
    members: { Reason: reason },
    headers: { 'Retry-After': '1' },
  });
}

/** AWS's wording for an input that violates a constraint of the API model. */
export function constraintViolated(value: string, member: string, constraint: string): AwsError {
  const text = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy ${constraint}`;
  return new AwsError(400, 'ValidationException', text);
}
