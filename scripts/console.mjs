// Progress messages of the scripts. They go to stderr, so that stdout holds only the command's own output.
import { performance } from 'node:perf_hooks';

export function say(sentence) {
  process.stderr.write(`\n» ${sentence}\n`);
}

export function stopWith(sentence) {
  process.stderr.write(`\n✗ ${sentence}\n`);
  process.exit(1);
}

export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

export function timed(what, action) {
  const start = performance.now();
  action();
  process.stderr.write(`  ${what}: done in ${seconds(start)}\n`);
}
