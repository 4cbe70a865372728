import type { LogEvent } from '../../domain/run-log/log-event.ts';

/** Of each stream the last lines are kept whole: error records come last, and the log tail is made of them. */
const KEPT_LINES = 5_000;
const KEPT_CHARACTERS = 8 * 1024 * 1024;
/** What a verdict may need of the lines before: the platform's own lines, and records of errors. */
const NOTABLE =
  /^(?:START|END|REPORT|INIT_|RESTORE_)|^RequestId: |^\[ERROR\] |\t(?:ERROR|fail)\t|"platform\.|"errorType"|Lambda runtime invoke|\n\tat |<ref \*|resulted in a panic/;

/** The lines of some streams, read page by page. Of a flood it drops lines that no verdict can need, so memory stays bounded. */
export class HeldLines {
  readonly #streams = new Map<string, { events: LogEvent[]; characters: number }>();
  /** the timestamp of the newest line, epoch milliseconds */
  newest = 0;

  add(events: readonly LogEvent[]): void {
    for (const event of events) {
      const stream = this.#streams.get(event.stream) ?? { events: [], characters: 0 };
      this.#streams.set(event.stream, stream);
      stream.events.push(event);
      stream.characters += event.message.length;
      this.newest = Math.max(this.newest, event.timestamp);
    }
  }

  /** To be called when the runs that end in the lines so far have been taken: of them it may drop lines as well. */
  compact(): void {
    for (const stream of this.#streams.values())
      if (stream.events.length > 2 * KEPT_LINES || stream.characters > KEPT_CHARACTERS) compact(stream);
  }

  of(stream: string): readonly LogEvent[] {
    return this.#streams.get(stream)?.events ?? [];
  }

  has({ id, stream }: LogEvent): boolean {
    return this.of(stream).some((event) => event.id === id);
  }
}

function compact(stream: { events: LogEvent[]; characters: number }): void {
  const many = stream.events.length - KEPT_LINES;
  let characters = 0;
  const kept = stream.events.toReversed().filter(({ message }, fromEnd) => {
    characters += message.length;
    const recent = fromEnd < stream.events.length - many && characters <= KEPT_CHARACTERS / 2;
    return recent || (NOTABLE.test(message) && message.length < KEPT_CHARACTERS / 16);
  });
  stream.events = kept.toReversed();
  stream.characters = stream.events.reduce((sum, { message }) => sum + message.length, 0);
}
