/** Repeatable random numbers. The generator is mulberry32, and its first state is the hash of the seed. */
import { createHash } from 'node:crypto';

/** Returns the next random number, at least 0 and less than 1. */
export type Random = () => number;

/** The shortest and the longest duration, in seconds. */
export type SecondsRange = [number, number];

/** The parts together are the seed: the same parts give the same sequence of numbers on every machine. */
export function seededRandom(...parts: (string | number)[]): Random {
  let state = createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A random duration of the range, in whole milliseconds. */
export function randomMilliseconds([min, max]: SecondsRange, random: Random): number {
  return Math.round((min + (max - min) * random()) * 1000);
}
