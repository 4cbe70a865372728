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
  /** what the last compaction has left */
  kept: { lines: number; characters: number };
}

/** The lines of some streams, read page by page. Of a flood it drops lines that no verdict can need, so memory stays bounded. */
export class HeldLines {
  readonly #streams = new Map<string, HeldStream>();
  readonly #keptLines: number;
  /** the timestamp of the newest line, epoch milliseconds */
  newest = 0;

  /** @param keptLines of each stream, whole */
  constructor(keptLines = KEPT_LINES) {
    this.#keptLines = keptLines;
  }

  add(events: readonly LogEvent[]): void {
    for (const event of events) {
      const stream = this.#streams.get(event.stream) ?? newStream();
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
      if (isLarge(stream, this.#keptLines, share)) compact(stream, this.#keptLines, share);
  }

  of(stream: string): readonly Line[] {
    return this.#streams.get(stream)?.lines ?? [];
  }

  has({ id, stream }: LogEvent): boolean {
    return this.of(stream).some(({ event }) => event.id === id);
  }
}

function newStream(): HeldStream {
  return { lines: [], characters: 0, kept: { lines: 0, characters: 0 } };
}

/** Much has come since the last compaction, which may have left nearly as much as it may hold. */
function isLarge({ lines, characters, kept }: HeldStream, keptLines: number, share: number): boolean {
  return (
    lines.length > Math.max(2 * keptLines, kept.lines + keptLines) ||
    characters > Math.max(share, kept.characters + share / 2)
  );
}

/**
 * Keeps the last lines whole, and of those before them what a verdict may need: platform lines and records of errors. Of
 * both the last ones, which decide: a flood of them needs no more.
 */
function compact(stream: HeldStream, keptLines: number, share: number): void {
  const kept: Line[] = [];
  let characters = 0;
  const left = { marks: keptLines, records: keptLines };
  for (const [fromEnd, line] of stream.lines.toReversed().entries()) {
    characters += line.event.message.length;
    const isRecent = fromEnd < keptLines && characters <= share / 2;
    if (isRecent) kept.push(line);
    else if (line.mark && left.marks > 0) {
      left.marks -= 1;
      kept.push(line);
    } else if (!line.mark && left.records > 0 && isRecord(line)) {
      left.records -= 1;
      kept.push(shortened(line));
    }
  }
  stream.lines = kept.toReversed();
  stream.characters = stream.lines.reduce((sum, { event }) => sum + event.message.length, 0);
  stream.kept = { lines: stream.lines.length, characters: stream.characters };
}

function isRecord(line: Line): boolean {
  return line.isShortened || mayBeCut(line.event.message) || mayBeErrorRecord(line);
}

function shortened(line: Line): Line {
  const { event } = line;
  if (!mayBeCut(event.message)) return line;
  return { ...line, event: { ...event, message: event.message.slice(0, KEPT_OF_LINE) }, isShortened: true };
}
