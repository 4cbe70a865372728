import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIG_BYTES = 300 * 1024;

/** Does what `behave` says, and marks its lines with its number, so that a line in the wrong place is noticed. */
export async function behave({ n, behave: way, fault_key: key }) {
  console.log(`MARK ${n}. begins`);
  console.log(`MARK ${n}. two lines\nMARK ${n}. in one`);
  process.stdout.write(`MARK ${n}. without an id\n`);
  if (way === 'raise') throw new RangeError(`told to fail, ${n}`);
  if (way === 'exit') process.exit(7);
  if (way === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (way === 'flaky' && isFirst(key)) throw new RangeError(`the first run fails, ${n}`);
  return way === 'big' ? { n, filler: 'x'.repeat(BIG_BYTES) } : { n, square: n * n };
}

/** Its caller gives the folder a new name for every rehearsal. */
function isFirst(key) {
  const mark = join(process.env.REHEARSAL_MARKS ?? tmpdir(), key);
  if (existsSync(mark)) return false;
  writeFileSync(mark, '');
  return true;
}
