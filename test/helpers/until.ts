/** Waits for a condition, and names it in the error when it never comes true. */
import { poll } from './poll.ts';

export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 15,
): Promise<T> {
  const found = await poll(check, (value) => value !== undefined && value !== false, {
    seconds,
    pauseMs: 25,
  });
  if (found === undefined || found === false) throw new Error(`Not true after ${seconds} s: ${what}`);
  return found;
}
