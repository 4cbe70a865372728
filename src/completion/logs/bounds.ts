/** Bounds that the readers of a log group share. */

/**
 * Of one poll, for the reports, for the lines of runs, and for lost answers: two seconds each at the lowest rate, so that no
 * group keeps the others waiting. The next poll reads on.
 */
export const PAGES_PER_POLL = 10;
/** A large group is searched through many empty pages, and some answers have a token for ever. After so many it is over. */
export const MOST_EMPTY_PAGES = 1_000;
/** The clocks of Lambda, CloudWatch and our database differ a little. */
export const SKEW_MS = 5_000;
