/** Streams of a function's log, as Lambda writes them. */
import { expect } from 'vitest';
import type { LogEvent } from '../../../src/domain/run-log/log-event.ts';
import { toReading } from '../../../src/domain/run-log/reading.ts';
import type { RuntimeFacts } from '../../../src/domain/run-log/runtime-errors.ts';
import { splitRuns } from '../../../src/domain/run-log/split-runs.ts';
import { judgeRun, type Verdict } from '../../../src/domain/run-log/verdict.ts';

export const ID = '3f8b6c1e-52d4-4e0a-9f57-0d1c2b3a4e5f';
export const OTHER = '9d2e7a40-1b6c-4c39-8a11-77f0e5d4c3b2';
export const TIME = '2026-10-08T09:10:11.123Z';

export const start = (id: string) => `START RequestId: ${id} Version: $LATEST\n`;
export const end = (id: string) => `END RequestId: ${id}\n`;
export const report = (id: string, more = '') =>
  `REPORT RequestId: ${id}\tDuration: 20.00 ms\tBilled Duration: 20 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t${more}\n`;
export const platform = (type: string, record: Record<string, unknown>) =>
  `${JSON.stringify({ time: TIME, type: `platform.${type}`, record })}\n`;
export const platformReport = (id: string, more: Record<string, unknown>) =>
  platform('report', { requestId: id, metrics: { durationMs: 20, billedDurationMs: 20 }, ...more });

/** One stream, a line every 10 ms. */
export function stream(messages: string[], name = 's1', from = 1_000): LogEvent[] {
  return messages.map((message, index) => {
    const timestamp = from + index * 10;
    return { id: `${name}-${timestamp}`, stream: name, timestamp, ingestionTime: timestamp + 500, message };
  });
}

/** The only run of ours in these events. */
export function only(events: LogEvent[]) {
  const [run, ...others] = splitRuns(events, ID);
  expect(others).toEqual([]);
  if (!run) throw new Error('there is no run');
  return run;
}

export const PYTHON: RuntimeFacts = { runtime: 'python3.13', packageType: 'Zip' };
export const NODE: RuntimeFacts = { runtime: 'nodejs22.x', packageType: 'Zip' };

/** The verdict on the only run of ours, read to its end. */
export function judged(events: LogEvent[], facts: RuntimeFacts = PYTHON): Verdict {
  return judgeRun(toReading(only(events)), facts);
}

/** The error of the only run of ours, which has failed. */
export function errorOf(events: LogEvent[], facts: RuntimeFacts = PYTHON) {
  const verdict = judged(events, facts);
  return verdict.type === 'failed' ? verdict.error : undefined;
}

/** The lines of ours in a run of a text format function. */
export function run(...lines: string[]): LogEvent[] {
  return stream([start(ID), ...lines, end(ID), report(ID)]);
}
