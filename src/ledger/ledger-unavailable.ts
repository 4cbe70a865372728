import { BridgeError } from '../domain/errors.ts';

/** The database did not answer, or broke off. Whether it made the change is not known. */
export class LedgerUnavailable extends BridgeError {
  override readonly name = 'LedgerUnavailable';

  constructor(cause: unknown) {
    const message =
      'The ledger cannot be reached, and the change may or may not have been made. Try again; a submit with an ' +
      'idempotency key is safe to repeat.';
    super('unavailable', 503, message, { retryable: true, retryAfter: 2, cause });
  }
}
