/**
 * A rehearsal: thousands of executions over all completion channels, against an AWS that fails by a seeded script,
 * by bridges that are killed; then every answer is held against what really ran.
 *
 *   npm run rehearse -- [--seed N] [--count N]
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { TruthEntry } from '../../src/local/truth-record.ts';
import { Client, readTruth } from './client.ts';
import { killPoints } from './crash-plan.ts';
import { setStage } from './environment.ts';
import type { Told, Verdict } from './observed.ts';
import { judge, unaccounted } from './oracle/test-oracle.ts';
import { type Planned, plan } from './submissions.ts';
import { completionTable, faultTable, groupsOf, killSummary } from './tables.ts';

/** So few that the submits, and with them the kills, are spread over the work; what takes long keeps no other waiting. */
const YOUNG_AT_ONCE = 48;
const YOUNG_MS = 15_000;
const LOOKS_AT_ONCE = 24;

const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string' } } });
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 2_000);

const stage = await setStage(seed);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => stage.stop().finally(() => process.exit(1)));
}
try {
  const began = performance.now();
  const { replicas } = stage;
  const client = new Client(stage.url);
  const ends = await submitAll(client, (victim) => replicas.kill(victim));
  say(`${count} submitted in ${seconds(began)} s; waiting for their ends`);
  const ended = (await Promise.all(ends.map((end) => ids(client, end)))).flat();
  await replicas.restarted();
  say(`all ended after ${seconds(began)} s; reading their logs`);
  const seen = await inParallel(ended, LOOKS_AT_ONCE, ({ planned, id }) => client.look(planned, id));
  const truth = await readTruth(stage.lambdaUrl);
  const verdicts = seen.map((one) => judge(one, truth, replicas.kills));
  say(`\n${killSummary(verdicts, replicas.kills.length, client.repeats)}`);
  process.exitCode = report(verdicts, unaccounted(truth, verdicts), seconds(began));
  if (replicas.crashes > 0) {
    say(`${replicas.crashes} bridges ended although nobody had killed them`);
    process.exitCode = 1;
  }
} finally {
  await stage.stop();
}

interface End {
  planned: Planned;
  told: Promise<Told>;
}

function submitAll(client: Client, kill: (victim: number) => void): Promise<End[]> {
  const kills = killPoints(seed, count);
  let submitted = 0;
  return inParallel(plan(seed, count), YOUNG_AT_ONCE, async (planned) => {
    const id = await client.submit(planned);
    submitted += 1;
    const victim = kills.get(submitted);
    if (victim !== undefined) kill(victim);
    const told = client.untilEnded(id);
    // What becomes of it after its first seconds is awaited with all the others.
    await Promise.race([told.catch(() => undefined), pause(YOUNG_MS)]);
    return { planned, told };
  });
}

async function ids(client: Client, { planned, told }: End): Promise<{ planned: Planned; id: string }[]> {
  const all = await client.withEarlier(await told);
  return all.map(({ id }) => ({ planned, id }));
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
function report(verdicts: Verdict[], strays: TruthEntry[], elapsed: string): number {
  const groups = groupsOf(verdicts);
  say(`\n${faultTable(groups)}\n\n${completionTable(groups)}`);
  const bad = verdicts.filter((verdict) => isBad(verdict));
  const found = bad.length + strays.length;
  say(
    `\nseed ${seed}, ${count} executions, ${elapsed} s: ${found === 0 ? 'all right' : `${bad.length} wrong`}`,
  );
  for (const verdict of bad.slice(0, 20)) say(JSON.stringify(evidenceOf(verdict), null, 2));
  if (strays.length > 0) say(`${strays.length} invocations belong to no attempt that the bridge tells of:`);
  for (const entry of strays.slice(0, 20)) say(JSON.stringify(entry, null, 2));
  return found === 0 ? 0 : 1;
}

function isBad(verdict: Verdict): boolean {
  const { wrong, invokedTwice, foreignLines, missingLines, logIncomplete, seen } = verdict;
  const ended = seen.told.state === 'succeeded' || seen.told.state === 'failed';
  const rightEnd = ended && wrong.length === 0 && !invokedTwice;
  return !rightEnd || foreignLines.length > 0 || missingLines > 0 || logIncomplete;
}

function evidenceOf({ seen, truth, ...findings }: Verdict): object {
  const { planned, told } = seen;
  const { id, state, request_id, settled_by, error, attempts } = told;
  return {
    ...findings,
    planned,
    told: { id, state, request_id, settled_by, error, attempts },
    kills: stage.replicas.kills,
    truth,
  };
}

function seconds(began: number): string {
  return ((performance.now() - began) / 1_000).toFixed(0);
}

function say(line: string): void {
  console.log(line);
}
