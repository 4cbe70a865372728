import { expect, it } from 'vitest';
import { linesAround } from '../../../src/completion/logs/lines-around.ts';
import { readLine } from '../../../src/domain/run-log/line.ts';
import type { LogEvent } from '../../../src/domain/run-log/log-event.ts';
import { parseReport } from '../../../src/domain/run-log/report.ts';

/** One line every 100 ms. */
function stream(...messages: string[]): LogEvent[] {
  return messages.map((message, at) => {
    const timestamp = 1_000 + at * 100;
    return { id: `${at}`, stream: 's', timestamp, ingestionTime: timestamp, message };
  });
}

const run = (id: string, ...lines: string[]) => [
  `START RequestId: ${id} Version: $LATEST`,
  ...lines,
  `END RequestId: ${id}`,
  `REPORT RequestId: ${id}\tDuration: 5.00 ms\t`,
];

/** The messages around the last report of `id`. */
function around(id: string, events: LogEvent[]): string[] {
  const event = events.findLast(({ message }) => parseReport(message)?.requestId === id);
  const report = event && parseReport(event.message);
  if (!event || !report) throw new Error(`there is no report of ${id}`);
  return linesAround(events.map(readLine), { event, report }, undefined).map((line) => line.event.message);
}

it('are the run, the one before with what follows it, and a second after the report', () => {
  const before = run('a', 'theirs');
  const own = run('b', 'ours');
  const later = Array.from({ length: 20 }, (_, at) => `later ${at}`);
  const lines = [...before, 'between', ...own, ...later];
  const expected = [...before, 'between', ...own, ...later.slice(0, 10)];
  expect(around('b', stream(...run('z'), ...lines))).toEqual(expected);
});

it('hold the log of another invocation that the run prints', () => {
  const own = run('b', ...run('child', 'printed'), 'ours');
  expect(around('b', stream(...run('a'), ...own))).toEqual([...run('a'), ...own]);
});

it('are all lines before the report where no START of it is visible', () => {
  const lines = [...run('a'), 'ours', ...run('b').slice(1)];
  expect(around('b', stream(...lines))).toEqual(lines);
});

it('hold the run of which an extension prints START and REPORT of others, in the same format', () => {
  const [begin = '', ...rest] = run('b', 'ours');
  const copies = [...run('a').slice(-1), begin];
  const lines = [...run('a'), begin, 'error', ...copies, ...rest];
  expect(around('b', stream(...lines))).toEqual([...run('a'), begin, 'error', ...copies, ...rest]);
});

it('are around START in the format of the platform, although a record of the other format is printed', () => {
  const printed = JSON.stringify({ type: 'platform.start', record: { requestId: 'b' } });
  const lines = [...run('a'), ...run('b', printed, 'ours')];
  expect(around('b', stream(...lines))).toEqual([...run('a'), ...run('b', printed, 'ours')]);
});

it('are few, however many short runs a stream holds', () => {
  const ids = Array.from({ length: 200 }, (_, number) => `id-${number}`);
  const events = stream(...ids.flatMap((id) => run(id, 'a', 'b', 'c')));
  for (const id of ids) expect(around(id, events).length).toBeLessThan(30);
});
