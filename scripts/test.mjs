// test.mjs [GROUP…]: runs all checks of the project, or those of the given groups (lint, types, ts, py, e2e).
// A failed step does not stop the others. The last line of the output is `N passed, N failed` over all steps.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { say, seconds, stopWith } from './console.mjs';
import { commandEnvironment, isWindows, root } from './paths.mjs';
import { setupNode } from './setup.mjs';
import { setupPython } from './setup-python.mjs';
import { countOne, readJunit, readVitest } from './test-counts.mjs';

// A folder of its own, because another test run may be active.
const reports = mkdtempSync(join(tmpdir(), 'test-reports-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));
const vitestReport = join(reports, 'vitest.json');
const unitReport = join(reports, 'python.xml');
const endToEndReport = join(reports, 'end-to-end.xml');

const mypySettings = ['--config-file', 'python-shim/pyproject.toml'];

/** A step without `counts` counts as one test. The others write a report with their own counts. */
const steps = [
  { group: 'lint', name: 'biome', command: ['biome', 'check', '.', '--error-on-warnings'] },
  { group: 'types', name: 'tsc', command: ['tsc', '--noEmit'] },
  { group: 'lint', name: 'ruff check', command: ['ruff', 'check', '.'] },
  { group: 'lint', name: 'ruff format', command: ['ruff', 'format', '--check', '.'] },
  { group: 'types', name: 'mypy shim', command: ['mypy', ...mypySettings, 'python-shim'] },
  // Separate from the shim: both have a conftest, and mypy accepts each module name only once.
  {
    group: 'types',
    name: 'mypy scripts',
    command: [
      'mypy',
      ...mypySettings,
      // Each function is a module `app` of its own, and mypy accepts the name only once.
      '--exclude=/end_to_end/functions/',
      'bench',
      'scripts',
      'test/end_to_end',
      'examples/dags',
      'function-helper',
      'packages/lambda-emulator/src/runtime/bootstrap',
    ],
  },
  {
    group: 'ts',
    name: 'vitest',
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
    counts: () => readVitest(vitestReport),
  },
  {
    group: 'py',
    name: 'pytest',
    command: ['pytest', 'python-shim/tests', `--junitxml=${unitReport}`],
    counts: () => readJunit(unitReport),
  },
  {
    group: 'e2e',
    name: 'end to end',
    command: ['pytest', 'test/end_to_end', `--junitxml=${endToEndReport}`],
    counts: () => readJunit(endToEndReport),
  },
];

function runStep({ name, command, counts = countOne }) {
  say(`${name}: ${command.join(' ')}`);
  const start = performance.now();
  const [program, ...args] = command;
  const options = { cwd: root, env: commandEnvironment(), stdio: 'inherit', shell: isWindows };
  const { status, error } = spawnSync(program, args, options);
  if (error) say(`${program} could not be started: ${error.message}`);
  const { passed, failed } = counts(status === 0);
  // A crashed runner may leave a report without a failure, or no report.
  return { name, passed, failed: status === 0 ? failed : Math.max(1, failed), took: seconds(start) };
}

const groups = process.argv.slice(2);
const chosen = steps.filter(({ group }) => groups.length === 0 || groups.includes(group));
if (chosen.length === 0) stopWith(`No such group: ${groups.join(' ')}. Groups: lint, types, ts, py, e2e.`);

// Print the last line also when an installation fails and ends this process.
const reportBrokenSetup = () => console.log('0 passed, 1 failed');
process.once('exit', reportBrokenSetup);
setupNode();
setupPython();
process.off('exit', reportBrokenSetup);

const results = chosen.map(runStep);
say('Result');
for (const { name, passed, failed, took } of results) {
  console.log(`${failed === 0 ? '✓' : '✗'} ${name.padEnd(12)} ${passed} passed, ${failed} failed, ${took}`);
}
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') === 0 ? 0 : 1;
