/**
 * A rehearsal: thousands of executions over all completion channels, against an AWS that fails by a seeded script;
 * then every answer of the bridge is held against what really ran.
 *
 *   npm run rehearse -- [--seed N] [--count N]
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { TruthEntry } from '../../src/local/truth-record.ts';
import { judge, unaccounted } from './judge.ts';
import { type Planned, plan } from './plan.ts';
import type { Seen, Told, Verdict } from './seen.ts';
import { type Stage, setStage } from './stage.ts';
import { completionTable, faultTable, groupsOf } from './tables.ts';

const AT_ONCE = 24;
/** An event may wait 60 s in Lambda's queue, run three times, and its report be late: more is a hang. */
const LONGEST_SECONDS = 600;
/** Late logs come within 15 s, and after 60 s the bridge calls any log complete: more is a log that never is. */
const LONGEST_LOG_SECONDS = 90;
const LOG_PAUSE_MS = 500;

const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string' } } });
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 2_000);

const stage = await setStage(seed);
try {
  const began = performance.now();
  const planned = plan(seed, count);
  const ids = await inParallel(planned, AT_ONCE, (one) => submit(stage, one));
  say(`${count} submitted in ${seconds(began)} s; waiting for their ends`);
  const told = await inParallel(ids, count, (id) => untilEnded(stage, id));
  say(`all ended after ${seconds(began)} s; reading their logs`);
  const seen = await inParallel(planned, AT_ONCE, (one, at) => look(stage, one, told[at]));
  const truth = await readTruth(stage);
  const verdicts = seen.map((one) => judge(one, truth));
  process.exitCode = report(verdicts, unaccounted(truth, verdicts), seconds(began));
} finally {
  await stage.stop();
}

async function submit({ bridge }: Stage, { n, body }: Planned): Promise<string> {
  const answer = await fetch(`${bridge.url}/v1/executions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `rehearsal-${n}` },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`submit ${n}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as Told).id;
}

async function untilEnded({ bridge }: Stage, id: string): Promise<Told> {
  const deadline = performance.now() + LONGEST_SECONDS * 1_000;
  for (;;) {
    const answer = await fetch(`${bridge.url}/v1/executions/${id}?wait=60`);
    const told = (await answer.json()) as Told;
    if (['succeeded', 'failed', 'cancelled'].includes(told.state) || performance.now() > deadline)
      return told;
  }
}

interface Logs {
  events: { message: string }[];
  complete: boolean;
  source: string;
}

/** The log once it is whole; the tail of Lambda's answer is only what there is until CloudWatch has it. */
async function untilLogged(url: string): Promise<Logs> {
  const deadline = performance.now() + LONGEST_LOG_SECONDS * 1_000;
  for (;;) {
    const answer = await fetch(url);
    const logs = answer.ok
      ? ((await answer.json()) as Logs)
      : { events: [], complete: false, source: 'none' };
    if ((logs.complete && logs.source !== 'log_tail') || performance.now() > deadline) return logs;
    await pause(LOG_PAUSE_MS);
  }
}

async function look({ bridge }: Stage, planned: Planned, told: Told | undefined): Promise<Seen> {
  if (!told) throw new Error(`execution ${planned.n} is not there`);
  const base = `${bridge.url}/v1/executions/${told.id}`;
  const result = await fetch(`${base}/result`);
  const logs = await untilLogged(`${base}/logs`);
  const whole = (await (await fetch(base)).json()) as Told & { log_tail?: string };
  return {
    planned,
    told: whole,
    result: result.ok ? await result.text() : undefined,
    lines: logs.events.map((event) => event.message),
    tail: whole.log_tail ?? '',
    logComplete: logs.complete && logs.source === 'cloudwatch',
  };
}

async function readTruth({ lambdaUrl }: Stage): Promise<TruthEntry[]> {
  const entries = new Map<number, TruthEntry>();
  for (let after = 0; ; ) {
    const answer = await fetch(`${lambdaUrl}/local/truth?after=${after}`);
    const page = (await answer.json()) as { entries: TruthEntry[]; next_after: number; complete: boolean };
    for (const entry of page.entries) entries.set(entry.sequence, entry);
    if (page.complete) return [...entries.values()];
    after = page.next_after;
  }
}

async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T, at);
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
  const { id, state, settled_by, error, attempts } = told;
  return {
    ...findings,
    planned,
    told: { id, state, settled_by, error, attempts },
    truth,
  };
}

function seconds(began: number): string {
  return ((performance.now() - began) / 1_000).toFixed(0);
}

function say(line: string): void {
  console.log(line);
}
