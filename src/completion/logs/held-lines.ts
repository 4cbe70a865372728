import { type Line, readLine } from '../../domain/run-log/line.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';
import { mayBeErrorRecord } from '../../domain/run-log/runtime-errors.ts';
import { mayBeCut } from '../../domain/run-log/runtimes/error-reader.ts';

/** Of each stream the last lines are kept whole: error records come last, and the log tail is made of them. */
const KEPT_LINES = 5_000;
const KEPT_CHARACTERS = 8 * 1024 * 1024;
/** Of all streams together, which are up to 100. */
const KEPT_IN_ALL = 64 * 1024 * 1024;
/** A longer line is kept by its beginning, which has the type of an error at most. */
const KEPT_OF_LINE = 4_096;

interface HeldStream {
  lines: Line[];
  characters: number;
}

/** The lines of some streams, read page by page. Of a flood it drops lines that no verdict can need, so memory stays bounded. */
export class HeldLines {
  readonly #streams = new Map<string, HeldStream>();
  /** the timestamp of the newest line, epoch milliseconds */
  newest = 0;

  add(events: readonly LogEvent[]): void {
    for (const event of events) {
      const stream = this.#streams.get(event.stream) ?? { lines: [], characters: 0 };
      this.#streams.set(event.stream, stream);
      stream.lines.push(readLine(event));
      stream.characters += event.message.length;
      this.newest = Math.max(this.newest, event.timestamp);
    }
  }

  /** To be called when the runs that end in the lines so far have been taken: of them it may drop lines as well. */
  compact(): void {
    const share = Math.min(KEPT_CHARACTERS, KEPT_IN_ALL / this.#streams.size);
    for (const stream of this.#streams.values())
      if (stream.lines.length > 2 * KEPT_LINES || stream.characters > share) compact(stream, share);
  }

  of(stream: string): readonly Line[] {
    return this.#streams.get(stream)?.lines ?? [];
  }

  has({ id, stream }: LogEvent): boolean {
    return this.of(stream).some(({ event }) => event.id === id);
  }
}

/** Keeps the last lines whole, and of those before them what a verdict may need: platform lines and records of errors. */
function compact(stream: HeldStream, share: number): void {
  const kept: Line[] = [];
  let characters = 0;
  let records = 0;
  for (const [fromEnd, line] of stream.lines.toReversed().entries()) {
    characters += line.event.message.length;
    const isRecent = fromEnd < KEPT_LINES && characters <= share / 2;
    // The last records decide, so that a flood of them needs no more.
    const isNeeded = isRecent || line.mark !== undefined || (records < KEPT_LINES && isRecord(line));
    if (!isRecent && isNeeded && line.mark === undefined) records += 1;
    if (isNeeded) kept.push(isRecent ? line : shortened(line));
  }
  stream.lines = kept.toReversed();
  stream.characters = stream.lines.reduce((sum, { event }) => sum + event.message.length, 0);
}

function isRecord(line: Line): boolean {
  return line.isShortened || mayBeCut(line.event.message) || mayBeErrorRecord(line);
}

function shortened(line: Line): Line {
  const { event } = line;
  if (!mayBeCut(event.message)) return line;
  return { ...line, event: { ...event, message: event.message.slice(0, KEPT_OF_LINE) }, isShortened: true };
}
