/** Judges the corpus as the bridge reads it: page by page, with floods of lines, and while lines are not visible yet. */
import { describe, expect, it } from 'vitest';
import { HeldLines } from '../src/completion/logs/held-lines.ts';
import {
  type InvocationVerdict,
  type JudgedRun,
  judgeInvocation,
} from '../src/domain/run-log/invocation-verdict.ts';
import { type Line, names, readLine } from '../src/domain/run-log/line.ts';
import type { LogEvent } from '../src/domain/run-log/log-event.ts';
import { toReading } from '../src/domain/run-log/reading.ts';
import { splitLines } from '../src/domain/run-log/split-runs.ts';
import { judgeRun } from '../src/domain/run-log/verdict.ts';
import { CORPUS_ID, type CorpusLog, factsOf, loadCorpus } from './helpers/corpus.ts';
import { type Random, randomOf } from './helpers/random.ts';

const logs = loadCorpus();
const failures = logs.filter(({ truth }) => truth.result === 'failed');
const successes = logs.filter(({ truth }) => truth.result === 'succeeded');

/** As the channel does: every run that ends in a report of our id counts, and any good one is a success. */
function judged(log: CorpusLog, lines: readonly Line[]): InvocationVerdict<JudgedRun> {
  const runs = splitLines(lines, CORPUS_ID, factsOf(log)).filter(({ report }) => report !== undefined);
  const judgedRuns = runs.map((run) => ({
    startedAt: run.startedAt,
    verdict: judgeRun(toReading(run), factsOf(log)),
  }));
  return judgeInvocation(judgedRuns, 0);
}

const judgedAtOnce = (log: CorpusLog, events: readonly LogEvent[]) => judged(log, events.map(readLine));

/** The lines that the reader holds after the last page, of which it has dropped what no verdict can need. */
function judgedByPages(log: CorpusLog, events: readonly LogEvent[], pageEvents: number, keptLines?: number) {
  const held = new HeldLines(keptLines);
  for (let at = 0; at < events.length; at += pageEvents) {
    // The reader takes the runs that end in a page before it drops lines.
    held.compact();
    held.add(events.slice(at, at + pageEvents));
  }
  return judged(log, held.of(log.events[0]?.stream ?? ''));
}

/** Floods take time, and the logs are in the order of their runtimes. */
const sampleOf = (list: readonly CorpusLog[], oneIn = 8) => list.filter((_, at) => at % oneIn === 0);

const FLOOD = 15_000;
/** A page of 1 MB: so many lines of 200 bytes. */
const PAGE_EVENTS = 5_000;

/** With plain lines in front of one of its events. */
function flooded({ events }: CorpusLog, at: number): LogEvent[] {
  const next = events[at];
  if (!next) throw new Error(`No event ${at} of ${events.length}`);
  const rows = Array.from({ length: FLOOD }, (_, row) => ({
    ...next,
    id: `${next.id}-${row}`,
    message: `printed row ${row}\n`,
  }));
  return [...events.slice(0, at), ...rows, ...events.slice(at)];
}

describe('a log that is read page by page', () => {
  it.each(logs)('$name is judged as it is when it is read at once', (log) => {
    expect(judgedByPages(log, log.events, 3)).toEqual(judgedAtOnce(log, log.events));
  });

  it.each(logs)('$name is never judged as the opposite where only its last 4 lines are held whole', (log) => {
    const opposite = log.truth.result === 'failed' ? 'succeeded' : 'failed';
    expect(judgedByPages(log, log.events, 1, 4).type).not.toBe(opposite);
  });

  it.each(sampleOf(logs))('$name is judged the same behind a flood of lines', (log) => {
    expect(judgedByPages(log, flooded(log, 0), PAGE_EVENTS)).toEqual(judgedAtOnce(log, log.events));
  });
});

describe('a log with a flood of lines in front of its last third', () => {
  const judgedInFlood = (log: CorpusLog) =>
    judgedByPages(log, flooded(log, Math.floor((log.events.length * 2) / 3)), PAGE_EVENTS).type;

  it.each(sampleOf(failures, 3))('$name is never judged as succeeded', (log) => {
    expect(judgedInFlood(log)).not.toBe('succeeded');
  });

  it.each(sampleOf(successes))('$name is never judged as failed', (log) => {
    expect(judgedInFlood(log)).not.toBe('failed');
  });
});

const SHUFFLES = 12;
const MOST_PORTIONS = 5;

describe('a log that becomes visible in portions, in any order', () => {
  it.each(failures)('$name is never judged as succeeded while a line of the platform is missing', (log) => {
    for (const { verdict, seen } of readingsOf(log))
      if (verdict.type === 'succeeded') expect(missing(log, seen), `of ${seen.length} lines`).toEqual([]);
  });

  it.each(successes)('$name is never judged as failed while a line of the platform is missing', (log) => {
    for (const { verdict, seen } of readingsOf(log))
      if (verdict.type === 'failed') expect(missing(log, seen), `of ${seen.length} lines`).toEqual([]);
  });
});

/** What each look sees before everything is visible. */
function* readingsOf(log: CorpusLog) {
  for (let seed = 1; seed <= SHUFFLES; seed += 1) {
    const random = randomOf(seed);
    const order = shuffled(log.events, random);
    const portion = Math.ceil(order.length / (2 + random.below(MOST_PORTIONS - 1)));
    for (let to = portion; to < order.length; to += portion) {
      const visible = new Set(order.slice(0, to));
      // CloudWatch gives what is visible in the order of time.
      const seen = log.events.filter((event) => visible.has(event));
      yield { seen, verdict: judgedByPages(log, seen, 3) };
    }
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as T);
}

/** The platform's own lines of the run that are not seen: START, REPORT, and END of text logs. */
function missing(log: CorpusLog, seen: readonly LogEvent[]): string[] {
  const run = splitLines(log.events.map(readLine), CORPUS_ID, factsOf(log)).at(-1);
  const own = run?.lines.filter(({ mark, format }) => format === run.format && names(mark, CORPUS_ID)) ?? [];
  const marks = [
    own.find(({ mark }) => mark?.type === 'start'),
    own.findLast(({ mark }) => mark?.type === 'end'),
    own.findLast(({ mark }) => mark?.type === 'report'),
  ];
  return marks.flatMap((line) => (line && !seen.includes(line.event) ? [line.event.message] : []));
}
