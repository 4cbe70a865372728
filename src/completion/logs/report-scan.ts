/**
 * Finds the reports of one log group, reading forward: each poll asks only for what is new, so that following a long
 * execution of a busy function costs one call per poll and not the whole log again.
 */
import { LRUCache } from 'lru-cache';
import type { LogReader } from '../../aws/log-reader.ts';
import type { Warning } from '../../domain/execution.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';
import { parseReport, type Report } from '../../domain/run-log/report.ts';
import { MOST_EMPTY_PAGES, PAGES_PER_POLL, SKEW_MS } from './bounds.ts';

/** Both log formats in one call. Ids are matched here, so that one call serves every attempt of a group. */
export const REPORTS = '?"REPORT RequestId" ?"platform.report"';
/** Events become visible late and not in order, so this much is read again. */
const OVERLAP_MS = 120_000;
const REMEMBERED = 100_000;
/** Every attempt is polled within 60 s (domain/end-likelihood.ts), or 30 s later where calls are short (aws/call-queue.ts). */
const ASKED_MS = 120_000;

export interface LoggedReport {
  event: LogEvent;
  report: Report;
}

export interface SeenReport extends LoggedReport {
  /** when this replica first saw it, in epoch milliseconds by its own clock */
  seenAt: number;
}

/**
 * From then on no older line can become visible any more, in epoch milliseconds. Counted from when the report was ingested;
 * our clock may be ahead, so not before it was seen, unless that was long after.
 */
export function noLateLinesFrom({ event, seenAt }: SeenReport, lateLinesMs: number): number {
  return Math.min(seenAt, event.ingestionTime + SKEW_MS) + lateLinesMs;
}

export interface Reports {
  reports: SeenReport[];
  /** pages are left; the next poll reads on */
  more: boolean;
}

/** A read that its budget interrupted. */
interface OpenRead {
  startTime: number;
  token: string;
  emptyPages: number;
}

export class ReportScan {
  readonly #logs: LogReader;
  readonly #logGroup: string;
  readonly #seen = new LRUCache<string, SeenReport>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  #asked: { from: number; at: number }[] = [];
  #from = Number.POSITIVE_INFINITY;
  #newest = 0;
  #open: OpenRead | undefined;

  constructor(logs: LogReader, logGroup: string) {
    this.#logs = logs;
    this.#logGroup = logGroup;
  }

  /**
   * All reports since an instant (epoch milliseconds), as far as they are visible now.
   *
   * @param again the earliest instant to be searched anew: a report may become visible long after those that follow it
   * @returns the warning instead when the group cannot be read
   */
  async since(instant: number, again = Number.POSITIVE_INFINITY): Promise<Reports | Warning> {
    const from = this.#oldestAsked(instant - SKEW_MS);
    if (from < this.#from) this.#open = undefined;
    const failed = await this.#readOn(from, again - SKEW_MS);
    if (failed) return failed;
    this.#from = from;
    for (const [id, { event }] of this.#seen) if (event.timestamp < from) this.#seen.delete(id);
    return { reports: [...this.#seen.values()], more: this.#open !== undefined };
  }

  async #readOn(from: number, again: number): Promise<Warning | undefined> {
    const open = this.#open;
    if (!open) return this.#read(Math.min(again, this.#startTime(from)), PAGES_PER_POLL);
    // The newest first: an interrupted read may be far behind them, or never end.
    const failed = await this.#read(Math.max(open.startTime, this.#newest - OVERLAP_MS), 1);
    this.#open = open;
    return failed ?? this.#read(open.startTime, PAGES_PER_POLL - 1, open);
  }

  async #read(startTime: number, pages: number, open?: OpenRead): Promise<Warning | undefined> {
    const query = { logGroup: this.#logGroup, startTime, pattern: REPORTS };
    const read = await this.#logs.filter(query, { pages }, open?.token);
    if (read.type === 'unreadable') return read.warning;
    for (const event of read.events) this.#keep(event);
    const emptyPages = read.events.length > 0 ? 0 : (open?.emptyPages ?? 0) + read.pages;
    const over = read.nextToken === undefined || emptyPages >= MOST_EMPTY_PAGES;
    this.#open = over ? undefined : { startTime, token: read.nextToken ?? '', emptyPages };
    return undefined;
  }

  /** From its start where an older attempt is followed now, else from where events may still appear. */
  #startTime(from: number): number {
    return from < this.#from ? from : Math.max(from, this.#newest - OVERLAP_MS);
  }

  /** Not all open attempts are polled each time, so what an older one needs must be kept and not be read again. */
  #oldestAsked(from: number): number {
    const at = performance.now();
    this.#asked = [...this.#asked.filter((one) => one.at > at - ASKED_MS), { from, at }];
    return Math.min(...this.#asked.map((one) => one.from));
  }

  #keep(event: LogEvent): void {
    this.#newest = Math.max(this.#newest, event.timestamp);
    const report = parseReport(event.message);
    const { seenAt = Date.now() } = this.#seen.get(event.id) ?? {};
    if (report) this.#seen.set(event.id, { event, report, seenAt });
  }
}
