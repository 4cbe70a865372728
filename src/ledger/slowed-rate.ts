/** How a rate that AWS has throttled recovers: the numbers are the same in both drivers. */

/** It grows by this share of its maximum each second: half of it is back after 30 s. */
export const RECOVERED_PER_SECOND = 1 / 60;
/** However often AWS throttles: so that a rate that others use up is tried again and again. */
export const LOWEST_SHARE = 1 / 16;
/** Calls that were under way together are throttled together, and count once. */
export const ONCE_IN_SECONDS = 1;
