import { type Line, readLine } from '../../domain/run-log/line.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';

/** Of each stream the last lines are kept whole: error records come last, and the log tail is made of them. */
const KEPT_LINES = 5_000;
const KEPT_CHARACTERS = 8 * 1024 * 1024;
/** What a verdict may need of the lines before: the platform's own lines, and records of errors. */
const NOTABLE =
  /^(?:START|END|REPORT|INIT_|RESTORE_)|^RequestId: |^\[ERROR\] |\t(?:ERROR|fail)\t|"platform\.|"errorType"|Lambda runtime invoke|\n\tat |<ref \*|resulted in a panic/;

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
    for (const stream of this.#streams.values())
      if (stream.lines.length > 2 * KEPT_LINES || stream.characters > KEPT_CHARACTERS) compact(stream);
  }

  of(stream: string): readonly Line[] {
    return this.#streams.get(stream)?.lines ?? [];
  }

  has({ id, stream }: LogEvent): boolean {
    return this.of(stream).some(({ event }) => event.id === id);
  }
}

function compact(stream: HeldStream): void {
  let characters = 0;
  const kept = stream.lines.toReversed().filter(({ event: { message } }, fromEnd) => {
    characters += message.length;
    const recent = fromEnd < KEPT_LINES && characters <= KEPT_CHARACTERS / 2;
    return recent || (NOTABLE.test(message) && message.length < KEPT_CHARACTERS / 16);
  });
  stream.lines = kept.toReversed();
  stream.characters = stream.lines.reduce((sum, { event }) => sum + event.message.length, 0);
}
