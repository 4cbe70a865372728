/** An error as the AWS services put it on the wire. */
/** Lambda's models spell the text of these `Message`, of the others `message`. */
const CAPITAL_MESSAGE = new Set([
  'DurableExecutionAlreadyStartedException',
  'ResourceNotFoundException',
  'ServiceException',
]);
export class AwsError extends Error {
  status;
  headers;
  #members;
  constructor(status, name, message, details = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.headers = details.headers ?? {};
    this.#members = details.members ?? {};
  }
  /** REST-JSON: the name is in the header x-amzn-errortype. */
  lambdaBody() {
    const text = CAPITAL_MESSAGE.has(this.name) ? { Message: this.message } : { message: this.message };
    return { Type: this.status >= 500 ? 'Service' : 'User', ...text, ...this.#members };
  }
  /** JSON 1.1: the name is in `__type`. */
  logsBody() {
    return { __type: this.name, message: this.message, ...this.#members };
  }
}
export function functionNotFound(arn) {
  return new AwsError(404, 'ResourceNotFoundException', `Function not found: ${arn}`);
}
export function throttled(reason) {
  return new AwsError(429, 'TooManyRequestsException', 'Rate Exceeded.', {
    members: { Reason: reason },
    headers: { 'Retry-After': '1' },
  });
}
/** AWS's words where an input breaks a constraint of the service model. */
export function constraintBroken(value, member, constraint) {
  const text = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy ${constraint}`;
  return new AwsError(400, 'ValidationException', text);
}
//# sourceMappingURL=aws-error.js.map
