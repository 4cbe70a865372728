/** Judges every log of the corpus, whole and with lines missing. */
import { afterAll, describe, expect, it } from 'vitest';
import type { LogEvent } from '../src/domain/run-log/log-event.ts';
import { type Gap, type Reading, toReading } from '../src/domain/run-log/reading.ts';
import { type Run, splitRuns } from '../src/domain/run-log/split-runs.ts';
import { judgeRun, type Verdict } from '../src/domain/run-log/verdict.ts';
import { type CorpusLog, capturedLogs, describedLogs, ID } from './helpers/corpus.ts';

const CAPTURED = capturedLogs();
const DESCRIBED = describedLogs();
const LOGS = [...CAPTURED, ...DESCRIBED];

afterAll(() => {
  console.log(`Judged ${CAPTURED.length} captured logs: ${countByRuntime(CAPTURED)}.`);
  console.log(`Judged ${DESCRIBED.length} logs from documents: ${countByRuntime(DESCRIBED)}.`);
});

function countByRuntime(logs: readonly CorpusLog[]): string {
  const counts = [...Map.groupBy(logs, ({ runtime }) => runtime)];
  return counts.map(([runtime, own]) => `${runtime} ${own.length}`).join(', ');
}

function lastRun(log: CorpusLog, events = log.events): Run | undefined {
  return splitRuns(events, ID, log.facts.logFormat).at(-1);
}

function judged(log: CorpusLog): Verdict {
  const run = lastRun(log);
  if (!run) throw new Error(`${log.name} holds no run`);
  return judgeRun(toReading(run, false), log.facts);
}

describe('a log of the corpus', () => {
  it.each(LOGS.filter(({ provable }) => provable))('$name is judged as $truth', (log) => {
    expect(judged(log)).toMatchObject({ type: log.truth });
  });

  it.each(LOGS.filter(({ provable }) => !provable))('$name is $truth or unproven', (log) => {
    expect([log.truth, 'unproven']).toContain(judged(log).type);
  });

  it.each(LOGS.filter(({ error, provable }) => error && provable))('$name has its own error', (log) => {
    const verdict = judged(log);
    // What is no Error in Node gets this type in the log alone.
    const logged = /nodejs-text-raise_(?:string|object|null)/.test(log.name) ? 'Error' : log.error?.type;
    expect(verdict.type === 'failed' && verdict.error.type).toBe(logged);
  });
});

describe('a log that lost lines', () => {
  const failures = LOGS.filter(({ truth }) => truth === 'failed');
  const successes = LOGS.filter(({ truth }) => truth === 'succeeded');

  it.each(failures)('$name is never judged as succeeded', (log) => {
    for (const verdict of mutations(log)) expect(verdict.type).not.toBe('succeeded');
  });

  it.each(successes)('$name is never judged as failed', (log) => {
    for (const verdict of mutations(log)) expect(verdict.type).not.toBe('failed');
  });
});

const MOST_RANGES = 12;

/** The verdicts without each line, and without each range of lines; long logs lose ranges around steps. */
function* mutations(log: CorpusLog): Generator<Verdict> {
  const { events } = log;
  const step = Math.max(1, Math.ceil(events.length / MOST_RANGES));
  for (let at = 0; at < events.length; at += 1) yield* without(log, at, at + 1);
  for (let from = 0; from < events.length; from += step)
    for (let to = from + 2; to <= events.length; to += step) yield* without(log, from, to);
}

function* without(log: CorpusLog, from: number, to: number): Generator<Verdict> {
  const left = log.events.filter((_, at) => at < from || at >= to);
  const run = lastRun(log, left);
  if (run) yield judgeRun(withGap(log, run, log.events.slice(from, to)), log.facts);
}

/** What the reader knows: a platform line that is not there, or a page in the middle that it has not read. */
function withGap(log: CorpusLog, run: Run, lost: readonly LogEvent[]): Reading {
  const whole = lastRun(log)?.lines.map(({ event }) => event.id) ?? [];
  const reading = toReading(run, false);
  const missing = lost.some(({ id }) => whole.includes(id));
  if (!missing || reading.type === 'incomplete') return reading;
  const gaps: Gap[] = ['middle'];
  return { type: 'incomplete', run, gaps };
}
