/**
 * Errors that the bridge itself throws. Failures of functions and of AWS are not thrown: they are Outcomes
 * (outcome.ts).
 */

/** One error in a request: a JSON pointer (RFC 6901) to the member, and what is wrong with it. */
export interface ValidationError {
  pointer: string;
  message: string;
}

/** The base class of the bridge's own errors; http/problem.ts turns them into problem+json. */
export class BridgeError extends Error {
  override readonly name: string = 'BridgeError';
  readonly code: string;
  readonly httpStatus: number;
  readonly retryable: boolean;
  readonly validationErrors: ValidationError[];
  /** seconds, sent as Retry-After */
  readonly retryAfter: number | undefined;

  constructor(
    code: string,
    httpStatus: number,
    message: string,
    options: {
      retryable?: boolean;
      validationErrors?: ValidationError[];
      retryAfter?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.httpStatus = httpStatus;
    this.retryable = options.retryable ?? false;
    this.validationErrors = options.validationErrors ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** The request is invalid; every validation error is listed. */
export class InvalidRequest extends BridgeError {
  override readonly name = 'InvalidRequest';
  constructor(validationErrors: ValidationError[], code = 'invalid_request', httpStatus = 422) {
    const [first] = validationErrors;
    const more = validationErrors.length > 1 ? ` (and ${validationErrors.length - 1} more)` : '';
    super(
      code,
      httpStatus,
      first ? `${first.pointer || 'The request'}: ${first.message}${more}` : 'Invalid request',
      {
        validationErrors,
      },
    );
  }
}

export class NotFound extends BridgeError {
  override readonly name = 'NotFound';
  constructor(what: string) {
    super('not_found', 404, `${what} does not exist.`);
  }
}

/** The same idempotency key came with another request. */
export class IdempotencyMismatch extends BridgeError {
  override readonly name = 'IdempotencyMismatch';
  constructor(key: string, executionId: string) {
    super(
      'idempotency_mismatch',
      409,
      `Idempotency key '${key}' belongs to execution ${executionId}, which was submitted with another request. ` +
        'Use a new key, or submit the same request again.',
    );
  }
}

/** The function policy or the token does not allow it. */
export class NotAllowed extends BridgeError {
  override readonly name = 'NotAllowed';
  constructor(code: string, message: string, validationErrors: ValidationError[] = []) {
    super(code, 403, message, { validationErrors });
  }
}

/** The bridge cannot serve this now; the same request may succeed later. */
export class Unavailable extends BridgeError {
  override readonly name = 'Unavailable';
  constructor(code: string, message: string, cause?: unknown, retryAfter = 1) {
    super(code, 503, message, { retryable: true, retryAfter, cause });
  }
}
