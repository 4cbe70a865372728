/** One log group as CloudWatch keeps it: lines become visible late and in any order, and pages have limits. */
import { matchesPattern } from './filter-pattern.ts';
import type { Paging } from './situation.ts';

export interface NewLine {
  stream: string;
  timestamp: number;
  message: string;
  /** searches that do not see it yet */
  late?: number | undefined;
}

interface StoredEvent {
  eventId: string;
  logStreamName: string;
  timestamp: number;
  ingestionTime: number;
  message: string;
  /** the number of the first search that sees it */
  visibleFrom: number;
}

export interface FilterInput {
  startTime?: number;
  endTime?: number;
  filterPattern?: string;
  logStreamNames?: string[];
  nextToken?: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const PAGE_EVENTS = 10_000;
const PAGE_BYTES = 1_048_576;
/** What CloudWatch adds to the size of a message. */
const EVENT_BYTES = 26;

/** A page is behind an event; `empty` pages have been given at this position. */
interface Position {
  query: string;
  timestamp: number;
  eventId: string;
  empty: number;
}

export class LogStore {
  readonly paging: Paging;
  /** queries that were begun; pages that go on with one do not count */
  searches = 0;
  #events: StoredEvent[] = [];
  #next = 0n;

  constructor(paging: Paging = {}) {
    this.paging = paging;
  }

  /** CloudWatch makes a group known with its first event. */
  get exists(): boolean {
    return this.#events.length > 0;
  }

  /** The timestamp of the last line of a stream. */
  newest(stream: string): number {
    return this.#events.findLast(({ logStreamName }) => logStreamName === stream)?.timestamp ?? 0;
  }

  /** Lines of a stream must come in its order. */
  add(lines: readonly NewLine[]): void {
    for (const { stream, timestamp, message, late = 0 } of lines) {
      // AWS's ids are 56 digits, which sort like the events of a stream.
      const eventId = `${3_000_000_000_000n + BigInt(timestamp)}${String(this.#next++).padStart(43, '0')}`;
      const ingestionTime = timestamp + 300;
      const visibleFrom = this.searches + late + 1;
      this.#events.push({ eventId, logStreamName: stream, timestamp, ingestionTime, message, visibleFrom });
    }
    this.#events.sort(inOrder);
  }

  filter(input: FilterInput): { events: object[]; nextToken?: string } | 'invalid token' {
    const query = JSON.stringify({ ...input, nextToken: undefined });
    const from = input.nextToken === undefined ? undefined : readToken(input.nextToken);
    if (from && from.query !== query) return 'invalid token';
    if (!from) this.searches += 1;
    const { emptyHead = 0, emptyTail = 0, alwaysToken = false } = this.paging;
    const at = from ?? { query, timestamp: -1, eventId: '', empty: 0 };
    if (at.timestamp < 0 && at.empty < emptyHead)
      return { events: [], nextToken: writeToken({ ...at, empty: at.empty + 1 }) };
    const left = this.#visible(input).filter((event) => inOrder(event, at) > 0);
    const page = this.#firstPage(left);
    const last = page.at(-1) ?? at;
    const empty = page.length > 0 ? 0 : at.empty + 1;
    const more = page.length < left.length || empty < emptyTail || alwaysToken;
    const { timestamp, eventId } = last;
    return {
      events: page.map(({ visibleFrom: _, ...event }) => event),
      ...(more && { nextToken: writeToken({ query, timestamp, eventId, empty }) }),
    };
  }

  /** GetLogEvents from the head of a stream; its token stays the same at the end. */
  streamEvents(stream: string, token?: string): { events: object[]; nextForwardToken: string } {
    const from = Number(token?.slice(2) ?? 0);
    const all = this.#visible({ logStreamNames: [stream] });
    const page = this.#firstPage(all.slice(from));
    const events = page.map(({ timestamp, message, ingestionTime }) => ({
      timestamp,
      message,
      ingestionTime,
    }));
    return { events, nextForwardToken: `f/${from + page.length}` };
  }

  #visible({ startTime = 0, endTime, filterPattern, logStreamNames }: FilterInput): StoredEvent[] {
    const now = Date.now();
    return this.#events.filter((event) => {
      if (event.visibleFrom > this.searches) return false;
      // A late line was ingested when it first could be seen.
      if (event.visibleFrom > 0 && event.ingestionTime < now) event.ingestionTime = now;
      event.visibleFrom = 0;
      return (
        event.timestamp >= startTime &&
        event.timestamp <= (endTime ?? Number.POSITIVE_INFINITY) &&
        (logStreamNames === undefined || logStreamNames.includes(event.logStreamName)) &&
        matchesPattern(filterPattern, event.message)
      );
    });
  }

  #firstPage(events: readonly StoredEvent[]): StoredEvent[] {
    const most = Math.min(PAGE_EVENTS, this.paging.events ?? PAGE_EVENTS);
    const page: StoredEvent[] = [];
    let bytes = 0;
    for (const event of events) {
      bytes += Buffer.byteLength(event.message) + EVENT_BYTES;
      if (page.length === most || (page.length > 0 && bytes > PAGE_BYTES)) break;
      page.push(event);
    }
    return page;
  }
}

function inOrder(
  a: { timestamp: number; eventId: string },
  b: { timestamp: number; eventId: string },
): number {
  return a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0);
}

function writeToken(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64');
}

function readToken(token: string): Position {
  return JSON.parse(Buffer.from(token, 'base64').toString()) as Position;
}
