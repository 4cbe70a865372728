/** Pauses between tries: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export interface Backoff {
  /** the pause before the first retry */
  firstMs: number;
  maxMs: number;
  /** each pause is multiplied by this factor to get the next one; 2 when absent */
  factor?: number;
  /** `full`: 0 to 100 % of the pause; `half`: 50 to 100 %; absent: the whole pause */
  jitter?: 'full' | 'half';
}

/** @param retry 0 for the first retry @returns milliseconds */
export function backoffMs(retry: number, { firstMs, maxMs, factor = 2, jitter }: Backoff): number {
  const pause = Math.min(maxMs, firstMs * factor ** retry);
  if (jitter === 'full') return Math.random() * pause;
  if (jitter === 'half') return (0.5 + Math.random() / 2) * pause;
  return pause;
}
