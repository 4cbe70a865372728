/**
 * The reports of one log group, read forward: each tick asks only for what is new, so that following a long execution
 * of a busy function costs one call a tick and not the whole log again.
 */
import { LRUCache } from 'lru-cache';
import type { LogReader } from '../aws/log-reader.ts';
import type { Warning } from '../domain/execution.ts';
import type { LogEvent } from '../domain/run-log/log-event.ts';
import { parseReport, type Report } from '../domain/run-log/report.ts';

/** Both log formats in one call; ids are matched here, so that one call serves every attempt of a group. */
const REPORTS = '?"REPORT RequestId" ?"platform.report"';
/** Clocks of Lambda, CloudWatch and our database differ a little. */
const SKEW_MS = 5_000;
/** Events become visible late and not in order: what lies so far back is asked for again. */
const OVERLAP_MS = 120_000;
/** Of a function with more runs since its oldest open attempt, the newest are read with the next tick. */
const MAX_REPORTS = 50_000;
const REMEMBERED = 100_000;
/** An old attempt is looked at every 15 s, young ones in between; a round that waits for CloudWatch may take longer. */
const ASKED_MS = 120_000;

export interface SeenReport {
  event: LogEvent;
  report: Report;
}

interface Reports {
  reports: SeenReport[];
  /** the read was cut off: the next one goes on */
  more: boolean;
}

export class ReportScan {
  readonly #logs: LogReader;
  readonly #logGroup: string;
  readonly #seen = new LRUCache<string, SeenReport>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  #asked: { from: number; at: number }[] = [];
  #from = Number.POSITIVE_INFINITY;
  #newest = 0;
  /** where the next read goes on */
  #next = 0;

  constructor(logs: LogReader, logGroup: string) {
    this.#logs = logs;
    this.#logGroup = logGroup;
  }

  /**
   * All reports since an instant (epoch milliseconds), as far as they are visible now.
   * @returns the warning instead when the group cannot be read
   */
  async since(instant: number): Promise<Reports | Warning> {
    const from = this.#oldestAsked(instant - SKEW_MS);
    const startTime = from < this.#from ? from : Math.max(from, this.#next);
    const read = await this.#logs.filter({
      logGroup: this.#logGroup,
      startTime,
      pattern: REPORTS,
      maxEvents: MAX_REPORTS,
    });
    if (read.type === 'unreadable') return read.warning;
    for (const event of read.events) this.#keep(event);
    // with the overlap, one that was cut off could begin at the same place for ever
    this.#next = read.truncated ? (read.events.at(-1)?.timestamp ?? this.#next) : this.#newest - OVERLAP_MS;
    this.#from = from;
    // One that came no further, for want of reports among the many lines of others, would never end the wait for more.
    const more = read.truncated && (read.events.at(-1)?.timestamp ?? 0) > startTime;
    for (const [id, { event }] of this.#seen) if (event.timestamp < from) this.#seen.delete(id);
    return { reports: [...this.#seen.values()], more };
  }

  /** Not all open attempts are looked at each time: what an older one needs must neither be forgotten nor read again. */
  #oldestAsked(from: number): number {
    const at = performance.now();
    this.#asked = [...this.#asked.filter((one) => one.at > at - ASKED_MS), { from, at }];
    return Math.min(...this.#asked.map((one) => one.from));
  }

  #keep(event: LogEvent): void {
    this.#newest = Math.max(this.#newest, event.timestamp);
    const report = parseReport(event.message);
    if (report) this.#seen.set(event.id, { event, report });
  }
}
