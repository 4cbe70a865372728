import { LedgerUnavailable } from '../ledger-unavailable.ts';

/** Runs a call of the driver. @throws LedgerUnavailable for an outage; other errors as they are */
export async function whileAvailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isOutage(error) ? new LedgerUnavailable(error) : error;
  }
}

/**
 * SQLSTATEs of an outage: connection (08), a password that has just been replaced (28), resources such as connection slots
 * (53), shutdown (57P), a statement or lock that took too long (57014, 55P03), a deadlock (40P01), a server that is currently
 * only a standby (25006):
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const OUTAGE_STATES = /^(?:08...|28...|53...|57P..|57014|55P03|40P01|25006)$/;
/** Node's codes for connections and name servers; a container that restarts has no address for a while. */
const OUTAGE_CODES = /^E(?:CONN(?:REFUSED|RESET)|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|PIPE|TIMEDOUT)$/;
/** pg's own errors, which have no code. */
const OUTAGE_TEXTS =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|is not queryable/;

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return OUTAGE_STATES.test(code) || OUTAGE_CODES.test(code);
  return OUTAGE_TEXTS.test(error.message);
}
