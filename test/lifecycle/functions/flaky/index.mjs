import { existsSync, writeFileSync } from 'node:fs';

/** Fails in its first run, succeeds afterwards; `event.mark` is a file that remembers. */
export async function handler(event) {
  if (existsSync(event.mark)) return 'second run';
  writeFileSync(event.mark, '');
  throw new RangeError('first run');
}
