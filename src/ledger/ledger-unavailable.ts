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

/** Runs a call of the driver. @throws LedgerUnavailable for an outage; other errors as they are */
export async function whileAvailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isOutage(error) ? new LedgerUnavailable(error) : error;
  }
}

/**
 * SQLSTATEs of an outage: connection (08), resources such as connection slots (53), shutdown (57P), a statement or lock
 * that took too long (57014, 55P03), a server that is currently only a standby (25006):
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const OUTAGE_STATES = /^(?:08...|53...|57P..|57014|55P03|25006)$/;
/** Node's codes for connections and name servers; a container that restarts has no address for a while. */
const OUTAGE_CODES = /^E(?:CONN(?:REFUSED|RESET)|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|PIPE|TIMEDOUT)$/;
/** pg's own errors, which have no code. */
const OUTAGE_TEXTS =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|is not queryable/;

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return OUTAGE_STATES.test(code) || OUTAGE_CODES.test(code);
  return OUTAGE_TEXTS.test(error.message);
}
