/** The one polling loop of tests and tools. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface PollTimes {
  seconds: number;
  pauseMs: number;
}

/** Reads until the value is accepted or the time is up. @returns the last value, accepted or not */
export async function poll<T>(
  read: () => Promise<T> | T,
  isAccepted: (value: T) => boolean,
  { seconds, pauseMs }: PollTimes,
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const value = await read();
    if (isAccepted(value) || performance.now() > deadline) return value;
    await sleep(pauseMs);
  }
}
