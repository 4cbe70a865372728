/** Ends that many situations want. */

/** Proven, and not run again. */
export const OK = { state: 'succeeded', proof: 'silence', deliveries: 1 } as const;
/** Nothing proves it, and the policy takes it for a success. */
export const OPEN = { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] } as const;

export const DOUBT = { attempts: [{ doubt_code: 'response_lost' }] };
export const IN_DOUBT = { state: 'in_doubt', execution: DOUBT, logs: 'unchecked' } as const;
