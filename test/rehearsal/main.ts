/**
 * The rehearsal: submits thousands of executions over all completion channels, injects faults by a seed, kills
 * replicas, and compares every answer of the bridge with what really ran.
 *
 *   npm run rehearse -- [--seed N] [--count N] [--ledger postgres|embedded]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { TruthEntry } from '../../packages/lambda-emulator/src/model.ts';
import { BridgeClient, readTruth } from './client.ts';
import { crashPlan, databaseCrashPlan } from './crash-plan.ts';
import { LEDGERS, startEnvironment } from './environment.ts';
import { checkExecution, type OracleResult, unaccounted } from './oracle/test-oracle.ts';
import type { ReportedExecution } from './reported.ts';
import { planSubmissions, type Submission } from './submissions.ts';
import { crashSummary, faultTable, groupByChannels, resultTable } from './tables.ts';

/** So few young executions at once spread the submits, and with them the crashes, over the whole run. */
const YOUNG_AT_ONCE = 48;
/** An execution counts as young this long, so that a slow one does not delay the next submit. */
const YOUNG_MS = 15_000;
const OBSERVED_AT_ONCE = 24;
const SHOWN_FAILURES = 20;

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string' }, ledger: { type: 'string' } },
});
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 2_000);
const ledger = LEDGERS.find((one) => one === (values.ledger ?? 'postgres'));
if (!ledger) throw new Error(`--ledger must be one of ${LEDGERS.join(', ')}.`);

let databaseRestarts: Promise<void> = Promise.resolve();
let databaseCrashesDone = 0;
const environment = await startEnvironment(seed, ledger);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => environment.stop().finally(() => process.exit(1)));
}
try {
  const start = performance.now();
  const { cluster } = environment;
  const client = new BridgeClient(environment.url);
  const submitted = await submitAll(client);
  say(`${count} submitted in ${secondsSince(start)} s; waiting for them to end`);
  const ended = (await Promise.all(submitted.map((one) => withPrevious(client, one)))).flat();
  await Promise.all([cluster.allRestarted(), databaseRestarts]);
  say(`all ended after ${secondsSince(start)} s; reading their logs`);
  const observed = await inParallel(ended, OBSERVED_AT_ONCE, ({ submission, id }) =>
    client.observe(submission, id),
  );
  const truth = await readTruth(environment.lambdaUrl);
  const results = observed.map((one) => checkExecution(one, truth, cluster.crashes));
  say(
    `\n${crashSummary(results, { replicas: cluster.crashes.length, databases: databaseCrashesDone }, client.repeats)}`,
  );
  process.exitCode = printResults(results, unaccounted(truth, results), secondsSince(start));
  if (cluster.unexpectedExits > 0) {
    say(`${cluster.unexpectedExits} replicas ended although the rehearsal did not kill them`);
    process.exitCode = 1;
  }
} finally {
  await environment.stop();
}

interface Submitted {
  submission: Submission;
  end: Promise<ReportedExecution>;
}

function submitAll(client: BridgeClient): Promise<Submitted[]> {
  const crashes = crashPlan(seed, count);
  const databaseCrashes = databaseCrashPlan(seed, count);
  let submits = 0;
  return inParallel(planSubmissions(seed, count), YOUNG_AT_ONCE, async (submission) => {
    const id = await client.submit(submission);
    submits += 1;
    const replica = crashes.get(submits);
    if (replica !== undefined) environment.cluster.crash(replica);
    if (databaseCrashes.has(submits)) crashDatabase();
    const end = client.waitForEnd(id);
    // If it takes longer, its end is awaited after all submits.
    await Promise.race([end.catch(() => undefined), sleep(YOUNG_MS)]);
    return { submission, end };
  });
}

/** One after the other, should one begin before the last is over. */
function crashDatabase(): void {
  const { postgres } = environment;
  if (!postgres) return;
  databaseRestarts = databaseRestarts.then(async () => {
    await postgres.crash();
    databaseCrashesDone += 1;
  });
  // An error reaches whoever awaits it.
  databaseRestarts.catch(() => undefined);
}

async function withPrevious(
  client: BridgeClient,
  { submission, end }: Submitted,
): Promise<{ submission: Submission; id: string }[]> {
  const executions = await client.withPrevious(await end);
  return executions.map(({ id }) => ({ submission, id }));
}

async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** @returns the exit code */
function printResults(results: OracleResult[], strays: TruthEntry[], elapsed: string): number {
  const groups = groupByChannels(results);
  say(`\n${faultTable(groups)}\n\n${resultTable(groups)}`);
  const failures = results.filter(hasFailed);
  const isPassed = failures.length === 0 && strays.length === 0;
  const conclusion = isPassed ? 'all correct' : `${failures.length} executions incorrect`;
  say(`\nseed ${seed}, ${count} executions, ledger ${ledger}, ${elapsed} s: ${conclusion}`);
  for (const result of failures.slice(0, SHOWN_FAILURES)) say(JSON.stringify(evidenceOf(result), null, 2));
  if (strays.length > 0) say(`${strays.length} invocations belong to no attempt that the bridge reported:`);
  for (const entry of strays.slice(0, SHOWN_FAILURES)) say(JSON.stringify(entry, null, 2));
  return isPassed ? 0 : 1;
}

function hasFailed(result: OracleResult): boolean {
  const { mismatches, invokedTwice, foreignLines, missingLines, logIncomplete, observed } = result;
  const hasEnded = observed.reported.state === 'succeeded' || observed.reported.state === 'failed';
  const isEndCorrect = hasEnded && mismatches.length === 0 && !invokedTwice;
  return !isEndCorrect || foreignLines.length > 0 || missingLines > 0 || logIncomplete;
}

function evidenceOf({ observed, truth, ...findings }: OracleResult): object {
  const { submission, reported } = observed;
  const { id, state, request_id, settled_by, error, attempts } = reported;
  return {
    ...findings,
    submission,
    reported: { id, state, request_id, settled_by, error, attempts },
    crashes: environment.cluster.crashes,
    truth,
  };
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1_000).toFixed(0);
}

function say(line: string): void {
  console.log(line);
}
