/**
 * When the end of a run is likely to be seen, from how old earlier runs of the function were when theirs was. Nothing is
 * assumed of a function that has not been seen: its run is as likely to end between 1 and 2 minutes as between 1 and 2
 * hours, so equal waits in proportion to the age are equally promising. All times are in seconds.
 */

/** Between ages below this the rule does not distinguish: invoking and logging alone take as long. */
const SHORTEST = 1;
/** An end is expected up to a quarter before and after each one seen. */
const SPREAD = Math.log(1.25);
/** Beside the usual ends: a run may be killed at any age. The age then grows by 60 % between two polls. */
const ANY_TIME = 0.2;
/** Another poll makes sense when the end is as likely as within a tenth of the age of a function never seen. */
const WORTH_A_POLL = 1 / 11;
/** If the end is that likely in the shortest time between two polls, one poll after it beats one before and one after it. */
const LIKELY = 0.5;
/** The most between two polls; before any end that is likely, as long as it takes to notice a killed function. */
export const LONGEST_SECONDS = 15;
export const LONGEST_BEFORE_USUAL_SECONDS = 60;

/** The chance that a run has ended by the age `to`, if it had not by the age `from`. */
export function endLikelihood(seen: readonly number[], from: number, to: number): number {
  if (to <= from) return 0;
  const anyTime = ((SHORTEST + from) / (SHORTEST + to)) ** ANY_TIME;
  return 1 - (openAt(seen, to) / openAt(seen, from)) * anyTime;
}

/** The share of runs that have not ended at this age: those like one that was seen, and one of which nothing is known. */
function openAt(seen: readonly number[], age: number): number {
  const unknown = (SHORTEST / (SHORTEST + age)) ** (1 - ANY_TIME);
  const open = seen.reduce(
    (sum, end) => sum + within01((Math.log(end / age) + SPREAD) / (2 * SPREAD)),
    unknown,
  );
  return open / (seen.length + 1);
}

function within01(share: number): number {
  return Math.min(1, Math.max(0, share));
}

/**
 * The age at which to poll next.
 *
 * @param seen the ages at which ends of the function were seen @param polledAt the age at the last poll; 0: there was none
 * @param gap the shortest time between two polls
 */
export function nextPollAge(seen: readonly number[], polledAt: number, gap: number): number {
  const usual = seen.length > 0 ? Math.min(...seen) / Math.exp(SPREAD) : 0;
  const latest = Math.max(
    polledAt + LONGEST_SECONDS,
    Math.min(polledAt + LONGEST_BEFORE_USUAL_SECONDS, usual),
  );
  let next = polledAt === 0 ? 0 : polledAt + gap;
  while (next < latest && !isWorthIt(seen, polledAt, next, gap)) next += STEP * (next - polledAt + SHORTEST);
  return Math.max(polledAt === 0 ? 0 : polledAt + gap, Math.min(next, latest));
}

/** Of the search for the next poll: fine enough, and a minute in a hundred steps. */
const STEP = 0.04;

function isWorthIt(seen: readonly number[], polledAt: number, next: number, gap: number): boolean {
  return (
    endLikelihood(seen, polledAt, next) >= WORTH_A_POLL && endLikelihood(seen, next, next + gap) <= LIKELY
  );
}
