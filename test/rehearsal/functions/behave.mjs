import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIG_BYTES = 300 * 1024;

/** Does what `behaviour` says. Its lines carry its number, so that the test oracle notices a foreign line. */
export async function behave({ n, behaviour, fault_key: key }) {
  console.log(`MARK ${n}. begins`);
  console.log(`MARK ${n}. two lines\nMARK ${n}. in one event`);
  process.stdout.write(`MARK ${n}. without a request id\n`);
  if (behaviour === 'raise') throw new RangeError(`failing as requested, ${n}`);
  if (behaviour === 'exit') process.exit(7);
  // Lambda kills it at its time limit, long before.
  if (behaviour === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (behaviour === 'flaky' && isFirstRun(key)) throw new RangeError(`failing in the first run, ${n}`);
  return behaviour === 'big' ? { n, filler: 'x'.repeat(BIG_BYTES) } : { n, square: n * n };
}

/** Leaves a file for the next run of the event. Every rehearsal has a new folder. */
function isFirstRun(key) {
  const mark = join(process.env.REHEARSAL_MARKS ?? tmpdir(), key);
  if (existsSync(mark)) return false;
  writeFileSync(mark, '');
  return true;
}
