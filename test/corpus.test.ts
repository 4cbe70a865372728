/** Judges every log of the corpus, whole and with lines missing. */
import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../src/domain/run-log/log-event.ts';
import { type Gap, type Reading, toReading } from '../src/domain/run-log/reading.ts';
import type { Run } from '../src/domain/run-log/run.ts';
import { splitRuns } from '../src/domain/run-log/split-runs.ts';
import { judgeRun, type Verdict } from '../src/domain/run-log/verdict.ts';
import { CORPUS_ID, type CorpusLog, factsOf, loadCorpus } from './helpers/corpus.ts';

const logs = loadCorpus();
const RUNTIMES = ['python', 'nodejs', 'java', 'go', 'rust', 'ruby', 'dotnet', 'platform'];

describe('the corpus of logs', () => {
  it.each(logs)('$name has a truth and one whole run', ({ truth, events, logFormat }) => {
    const text = events.map(({ message }) => message).join('');
    const marks =
      logFormat === 'JSON'
        ? [
            `"platform.start","record":{"requestId":"${CORPUS_ID}"`,
            `"platform.report","record":{"requestId":"${CORPUS_ID}"`,
          ]
        : [`START RequestId: ${CORPUS_ID}`, `REPORT RequestId: ${CORPUS_ID}`];
    for (const mark of marks) expect(text).toContain(mark);
    if (truth.result === 'failed') expect(truth.errorType + truth.errorMessage).toMatch(/./);
    expect(text).not.toContain('{ID}');
    expect(text, 'names a place of the machine on which it was captured').not.toMatch(
      /\/tmp\/|\/root\/|\/home\//,
    );
  });

  it('has logs of every runtime', () => {
    const groups = Map.groupBy(logs, ({ origin, writer }) => `${origin}, ${writer}`);
    const table = [...groups].map(([who, group]) => {
      const failed = group.filter(({ truth }) => truth.result === 'failed').length;
      return `${who}: ${group.length}, of which ${failed} failed`;
    });
    console.log(`${logs.length} logs\n${table.join('\n')}`);
    expect(new Set(logs.map(({ writer }) => writer))).toEqual(new Set(RUNTIMES));
  });
});

function lastRun(log: CorpusLog, events = log.events): Run | undefined {
  return splitRuns(events, CORPUS_ID, factsOf(log)).at(-1);
}

function judged(log: CorpusLog): Verdict {
  const run = lastRun(log);
  if (!run) throw new Error(`${log.name} holds no run`);
  return judgeRun(toReading(run), factsOf(log));
}

const PROVING = /^captured\/(?:python-text|python-json|nodejs-text|java-text|java-json)-/;
/**
 * Cut before the type; left out at the level FATAL; printed in the form that the client has before its first invocation, or
 * without the descriptor; a sentence without a type, which functions may print.
 */
const UNPROVABLE = [
  'java-text-huge-message',
  'java-json-huge-message',
  'json-raised-at-fatal',
  'nodejs-text-printed-errors',
  'java-text-printed-errors',
  'java-text-method-missing',
  'java-json-method-missing',
];

const failures = logs.filter(({ truth }) => truth.result === 'failed');
const successes = logs.filter(({ truth }) => truth.result === 'succeeded');

describe('a whole log', () => {
  it.each(logs)('$name is judged as its truth, or is unproven', (log) => {
    expect([log.truth.result, 'unproven']).toContain(judged(log).type);
  });

  /** Their clients log every error, and our functions log nothing of the same form. */
  const proving = logs.filter(
    ({ name }) => PROVING.test(name) && !UNPROVABLE.some((one) => name.endsWith(one)),
  );

  it.each(proving)('$name proves its truth', (log) => {
    expect(judged(log).type).toBe(log.truth.result);
  });

  it('is counted by its verdict', () => {
    const verdicts = Map.groupBy(logs, (log) => `${log.truth.result} → ${judged(log).type}`);
    console.log([...verdicts].map(([what, group]) => `${what}: ${group.length}`).join('\n'));
    expect([...verdicts.keys()].toSorted()).toEqual([
      'failed → failed',
      'failed → unproven',
      'succeeded → succeeded',
      'succeeded → unproven',
    ]);
  });
});

describe('a log that lost lines', () => {
  it.each(failures)('$name is never judged as succeeded', (log) => {
    for (const verdict of mutations(log)) expect(verdict.type).not.toBe('succeeded');
  });

  it.each(successes)('$name is never judged as failed', (log) => {
    for (const verdict of mutations(log)) expect(verdict.type).not.toBe('failed');
  });
});

const MOST_RANGES = 12;
const MOST_LINES = 60;

/** The verdicts without each line, and without each range of lines; long logs lose ranges around steps. */
function* mutations(log: CorpusLog): Generator<Verdict> {
  const { events } = log;
  const every = Math.ceil(events.length / MOST_LINES);
  for (let at = 0; at < events.length; at += every) yield* without(log, at, at + every);
  const step = Math.ceil(events.length / MOST_RANGES);
  for (let from = 0; from < events.length; from += step)
    for (let to = from + 2; to <= events.length; to += step) yield* without(log, from, to);
}

function* without(log: CorpusLog, from: number, to: number): Generator<Verdict> {
  const left = log.events.filter((_, at) => at < from || at >= to);
  const run = lastRun(log, left);
  if (run) yield judgeRun(withGap(log, run, log.events.slice(from, to)), factsOf(log));
}

/** What the reader knows: a platform line that is not there, or a page in the middle that it has not read. */
function withGap(log: CorpusLog, run: Run, lost: readonly LogEvent[]): Reading {
  const { lines = [], preamble = [] } = lastRun(log) ?? {};
  const whole = [...preamble, ...lines].map(({ event }) => event.id);
  const reading = toReading(run);
  const missing = lost.some(({ id }) => whole.includes(id));
  if (!missing || reading.type === 'incomplete') return reading;
  const gaps: Gap[] = ['middle'];
  return { type: 'incomplete', run, gaps };
}
