/**
 * Measures the bridge against a direct call of the AWS SDK, and against the limits that it promises. Compare the ratios:
 * absolute figures depend on the machine.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Cleanup } from './cleanup.ts';
import { parseOptions, USAGE } from './options.ts';
import { formatNotes, formatTable } from './report.ts';
import type { Row } from './row.ts';
import type { RowGroup } from './rows/group.ts';
import { singleExecutions } from './rows/single-executions.ts';
import { Setting } from './setting.ts';
import { FULL, QUICK } from './sizes.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GROUPS: readonly RowGroup[] = [singleExecutions];
const NAMES = GROUPS.flatMap(({ names }) => names);

const options = readOptions();
// The caller's own settings must not change what is measured.
for (const name of Object.keys(process.env))
  if (/^(AWS_|BRIDGE_|DATABASE_URL)/.test(name)) delete process.env[name];
const cleanup = new Cleanup();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => cleanup.run().finally(() => process.exit(130)));
try {
  build();
  await run();
} finally {
  await cleanup.run();
}

async function run(): Promise<void> {
  const setting = await Setting.start(options.isQuick ? QUICK : FULL, cleanup);
  const rows: Row[] = [];
  for (const group of GROUPS) rows.push(...(await measure(group, setting)));
  console.log(`\n${formatTable(rows)}\n\n${formatNotes(rows)}`);
}

/** A group that fails keeps no other from being measured. */
async function measure(group: RowGroup, setting: Setting): Promise<Row[]> {
  const isWanted = (name: string) => options.only.length === 0 || options.only.includes(name);
  const wanted = group.names.filter(isWanted);
  if (wanted.length === 0) return [];
  const begin = performance.now();
  console.error(`measuring ${wanted.join(', ')}`);
  try {
    return await cleanup.scope((own) => group.measure(setting, own, isWanted));
  } catch (error) {
    const notMeasured = (error as Error).message;
    return wanted.map((name) => ({ name, what: '', notMeasured }));
  } finally {
    console.error(`  took ${((performance.now() - begin) / 1_000).toFixed(0)} s`);
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
