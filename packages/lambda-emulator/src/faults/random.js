/** Numbers that look random and are decided by a seed: the generator mulberry32, started by a hash. */
import { createHash } from 'node:crypto';
/** The same parts give the same row of numbers, on every machine and in every order of calls. */
export function seededRandom(...parts) {
  let state = createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
export function millisecondsIn([least, most], random) {
  return Math.round((least + (most - least) * random()) * 1000);
}
//# sourceMappingURL=random.js.map
