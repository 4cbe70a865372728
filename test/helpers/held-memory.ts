import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/**
 * Bytes that this process really holds: what only waits to be collected is gone first, so that neither the machine nor
 * the moment of the last collection counts, as they do in the resident size.
 */
function heldBytes(): number {
  collectGarbage();
  // The buffers that the first collection found dead are counted until they are swept, which the second one awaits.
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What the work gave, how many bytes more this process held at most meanwhile, and how often that was looked at. */
export async function heldDuring<T>(
  work: () => Promise<T>,
): Promise<{ value: T; most: number; looks: number }> {
  const before = heldBytes();
  let most = 0;
  let looks = 0;
  let done = false;
  const working = work().finally(() => {
    done = true;
  });
  while (!done) {
    await Promise.race([working, sleep(100)]);
    most = Math.max(most, heldBytes() - before);
    looks += 1;
  }
  return { value: await working, most, looks };
}
