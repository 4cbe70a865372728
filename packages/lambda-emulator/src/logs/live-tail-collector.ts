/** Collects the log events of a Live Tail session: each one once, in the first update after it can be read. */
import type { LiveTailSelection } from './live-tail-selection.ts';
import type { LogEvent, LogStore } from './log-store.ts';

export interface TailedEvent extends LogEvent {
  group: string;
  /** the first update after this time has it */
  shownFrom: number;
}

export interface LiveTailUpdate {
  events: TailedEvent[];
  /** the events are only a sample of those that matched */
  sampled: boolean;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LiveTailSessionUpdate.html */
const MAX_EVENTS = 500;
/**
 * Live Tail does not keep the order. Others measured lines that arrived up to 856 ms behind later ones:
 * https://github.com/awslabs/amazon-dynamodb-tools/blob/main/tools/bulk_executor/client/src/reassembler.py
 */
const OVERTAKEN_MS = 1000;

export class LiveTailCollector {
  readonly #store: LogStore;
  readonly #selection: LiveTailSelection;
  /** the newest event that has been looked at */
  #seen: number;
  /** events that are not shown yet */
  #pending: TailedEvent[];

  /** Begins with the events that become readable from now on, whenever they were written. */
  constructor(store: LogStore, selection: LiveTailSelection) {
    const now = Date.now();
    this.#store = store;
    this.#selection = selection;
    this.#pending = this.#eventsAfter(0).filter(({ ingestionTime }) => ingestionTime > now);
    this.#seen = store.lastSequence;
  }

  take(): LiveTailUpdate {
    const now = Date.now();
    const found = [...this.#pending, ...this.#eventsAfter(this.#seen)];
    this.#seen = this.#store.lastSequence;
    this.#pending = found.filter(({ shownFrom }) => shownFrom > now);
    const shown = found
      .filter(({ shownFrom }) => shownFrom <= now)
      .sort((a, b) => a.shownFrom - b.shownFrom || a.sequence - b.sequence);
    const sampled = shown.length > MAX_EVENTS;
    return { events: sampled ? sample(shown, MAX_EVENTS) : shown, sampled };
  }

  #eventsAfter(sequence: number): TailedEvent[] {
    return this.#selection.groupNames.flatMap((name) => {
      const events = this.#store.group(name)?.events ?? [];
      return events
        .slice(events.findLastIndex((event) => event.sequence <= sequence) + 1)
        .filter(this.#selection.matches)
        .map((event) => ({ ...event, group: name, shownFrom: shownFrom(event) }));
    });
  }
}

/** Only the lines of a shuffled log overtake each other. */
function shownFrom({ ingestionTime, mayOvertake }: LogEvent): number {
  return mayOvertake ? ingestionTime + Math.random() * OVERTAKEN_MS : ingestionTime;
}

/** A random sample, in the order of the whole: any line may be missing, also a REPORT. */
function sample<T>(all: T[], size: number): T[] {
  const ranked = all.map((one, index) => ({ one, index, rank: Math.random() }));
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, size)
    .sort((a, b) => a.index - b.index)
    .map(({ one }) => one);
}
