/**
 * Measures the bridge against a direct call of the AWS SDK, and against the limits that it promises. Compare the ratios:
 * absolute figures depend on the machine.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killChildren } from './child.ts';
import { Cleanup } from './cleanup.ts';
import { formatComparison } from './compare.ts';
import { parseOptions, USAGE } from './options.ts';
import { formatNotes, formatTable } from './report.ts';
import { commitOf, describeRun, readResult, writeResult } from './result.ts';
import type { Row } from './row.ts';
import type { RowGroup } from './rows/group.ts';
import { largePayloads } from './rows/large-payloads.ts';
import { ledgerSize } from './rows/ledger-size.ts';
import { logEnds } from './rows/log-ends.ts';
import { pgBouncer } from './rows/pgbouncer.ts';
import { singleExecutions } from './rows/single-executions.ts';
import { start } from './rows/start.ts';
import { wake } from './rows/wake.ts';
import { Setting } from './setting.ts';
import { FULL, QUICK } from './sizes.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Rows of one line follow each other, since they share the cores. Those beside them hardly need any. */
const PHASES: readonly (readonly RowGroup[])[][] = [
  [[singleExecutions]],
  [
    [ledgerSize, largePayloads, start, wake],
    [logEnds, pgBouncer],
  ],
];
const NAMES = PHASES.flat(2).flatMap(({ names }) => names);

const options = readOptions();
// The caller's own settings must not change what is measured.
for (const name of Object.keys(process.env))
  if (/^(AWS_|BRIDGE_|DATABASE_URL)/.test(name)) delete process.env[name];
const cleanup = new Cleanup();
/** Then rows fail for want of their processes, and no further one begins. */
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    isInterrupted = true;
    killChildren();
    cleanup.run().finally(() => process.exit(130));
  });
try {
  build();
  await run();
} finally {
  await cleanup.run();
}

async function run(): Promise<void> {
  // Read before the minutes of a run, which a wrong name would cost.
  const before = options.compare === undefined ? undefined : await readResult(options.compare);
  const commit = commitOf(ROOT);
  const setting = await Setting.start(options.isQuick ? QUICK : FULL, cleanup);
  const rows: Row[] = [];
  for (const phase of PHASES)
    rows.push(...(await Promise.all(phase.map((groups) => measureAll(groups, setting)))).flat());
  if (isInterrupted) return;
  const result = describeRun(commit, options.isQuick, rows);
  console.log(`\n${formatTable(rows)}\n\n${formatNotes(rows)}`);
  if (before) console.log(`\n${formatComparison(before, result)}`);
  if (options.json !== undefined) await writeResult(options.json, result);
}

async function measureAll(groups: readonly RowGroup[], setting: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  for (const group of groups) rows.push(...(await measure(group, setting)));
  return rows;
}

/** A group that fails keeps no other from being measured. */
async function measure(group: RowGroup, setting: Setting): Promise<Row[]> {
  const isWanted = (name: string) => options.only.length === 0 || options.only.includes(name);
  const wanted = group.names.filter(isWanted);
  if (wanted.length === 0 || isInterrupted) return [];
  const begin = performance.now();
  console.error(`measuring ${wanted.join(', ')}`);
  try {
    return await cleanup.scope((own) => group.measure(setting, own, isWanted));
  } catch (error) {
    process.exitCode = 1;
    const notMeasured = (error as Error).message;
    return wanted.map((name) => ({ name, what: '', notMeasured }));
  } finally {
    const seconds = (performance.now() - begin) / 1_000;
    console.error(`measured ${wanted.join(', ')} in ${seconds.toFixed(0)} s`);
  }
}

function build(): void {
  console.error('building dist');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('dist could not be built');
}

function readOptions() {
  try {
    const parsed = parseOptions(process.argv.slice(2), NAMES);
    if (parsed !== 'help') return parsed;
    console.log(USAGE.replace('ROWS', NAMES.join(', ')));
    process.exit(0);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
