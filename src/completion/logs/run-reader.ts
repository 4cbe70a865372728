/**
 * Reads the lines of runs from the streams of one log group. A read that its budget interrupts goes on where it stopped
 * with the next poll, so a flood of lines costs time and hides nothing.
 */
import type { LogQuery, LogReader } from '../../aws/log-reader.ts';
import { AFTER_REPORT_MS, type Run } from '../../domain/run-log/run.ts';
import { type LogSettings, splitLines } from '../../domain/run-log/split-runs.ts';
import { MOST_EMPTY_PAGES, PAGES_PER_POLL } from './bounds.ts';
import { HeldLines } from './held-lines.ts';
import { linesAround } from './lines-around.ts';
import type { LoggedReport, SeenReport } from './report-scan.ts';

/** FilterLogEvents takes so many streams: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
export const STREAMS_A_CALL = 100;
/** Before START: clocks differ a little, and an initialization of up to 10 s is logged before it. */
const BEFORE_MS = 11_000;

/** A report whose run is to be read. */
export interface WantedRun extends SeenReport {
  settings: LogSettings;
}

/** What a report led to. */
export interface ReadRun {
  /** undefined: the report ends no run, another one printed it */
  run: Run | undefined;
  /** in epoch milliseconds: what is visible later was not read */
  readAt: number;
}

/** Runs that are read together: those of up to 100 streams, by one query. */
interface Batch {
  wanted: WantedRun[];
  query: LogQuery;
  lines: HeldLines;
  token: string | undefined;
  emptyPages: number;
  over: boolean;
  /** when its first page was read, in epoch milliseconds */
  beganAt: number;
  /** by the id of the report's event */
  found: Map<string, Run>;
}

export class RunReader {
  readonly #logs: LogReader;
  readonly #logGroup: string;
  #batch: Batch | undefined;

  constructor(logs: LogReader, logGroup: string) {
    this.#logs = logs;
    this.#logGroup = logGroup;
  }

  /**
   * By the id of the report's event. What is absent has not been read yet; ask again. `print` lines of Python carry no
   * request id, so they are found only in their stream.
   */
  async read(wanted: readonly WantedRun[]): Promise<Map<string, ReadRun>> {
    const found = new Map<string, ReadRun>();
    let pages = PAGES_PER_POLL;
    let left = [...wanted];
    while (left.length > 0 && pages > 0) {
      const batch = this.#openBatch(left);
      const read = await this.#readPage(batch);
      if (read === undefined) return found;
      pages -= read;
      for (const { event } of left) {
        const run = batch.found.get(event.id);
        const isPrinted = !run && batch.over && batch.lines.has(event);
        if (run || isPrinted) found.set(event.id, { run, readAt: batch.beganAt });
      }
      if (!batch.over) continue;
      left = left.filter((one) => !batch.wanted.some(({ event }) => event.id === one.event.id));
      this.#batch = undefined;
    }
    return found;
  }

  /** The interrupted one, as long as somebody still wants a run of it. */
  #openBatch(wanted: readonly WantedRun[]): Batch {
    const open = this.#batch;
    if (open?.wanted.some(({ event }) => wanted.some((one) => one.event.id === event.id))) return open;
    this.#batch = newBatch(this.#logGroup, wanted);
    return this.#batch;
  }

  /**
   * Takes the runs that end in a page before it drops lines, since the lines of later runs push those of earlier ones out.
   *
   * @returns how many pages it read; undefined when the group cannot be read
   */
  async #readPage(batch: Batch): Promise<number | undefined> {
    const read = await this.#logs.filter(batch.query, { pages: 1 }, batch.token);
    if (read.type === 'unreadable') return undefined;
    batch.lines.add(read.events);
    batch.token = read.nextToken;
    batch.emptyPages = read.events.length > 0 ? 0 : batch.emptyPages + read.pages;
    // Events come in the order of time: behind the last report, an empty page holds nothing of these runs.
    const passed = batch.emptyPages > 0 && batch.wanted.every(({ event }) => batch.lines.has(event));
    batch.over = batch.token === undefined || passed || batch.emptyPages >= MOST_EMPTY_PAGES;
    for (const one of batch.wanted) {
      const run = batch.found.has(one.event.id) ? undefined : runOf(batch, one);
      if (run) batch.found.set(one.event.id, run);
    }
    batch.over ||= batch.wanted.every(({ event }) => batch.found.has(event.id));
    batch.lines.compact();
    return Math.max(1, read.pages);
  }
}

function newBatch(logGroup: string, wanted: readonly WantedRun[]): Batch {
  const streams = [...new Set(wanted.map(({ event }) => event.stream))].slice(0, STREAMS_A_CALL);
  const own = wanted.filter(({ event }) => streams.includes(event.stream));
  const startTime = Math.min(...own.map(startOf)) - BEFORE_MS;
  const endTime = Math.max(...own.map(({ event }) => event.timestamp)) + AFTER_REPORT_MS;
  return {
    wanted: own,
    query: { logGroup, streams, startTime, endTime },
    lines: new HeldLines(),
    token: undefined,
    emptyPages: 0,
    over: false,
    beganAt: Date.now(),
    found: new Map(),
  };
}

/** Undefined while the read has not come past its report. */
function runOf(batch: Batch, wanted: WantedRun): Run | undefined {
  const { event, report, settings } = wanted;
  const passed = batch.over || batch.lines.newest > event.timestamp + AFTER_REPORT_MS;
  if (!passed) return undefined;
  const around = linesAround(batch.lines.of(event.stream), wanted, settings.logFormat);
  const runs = splitLines(around, report.requestId, settings);
  return runs.find(({ lines }) => lines.some((line) => line.event.id === event.id));
}

/** When the run of a report began, by its own figures. */
export function startOf({ event, report }: LoggedReport): number {
  return Math.floor(event.timestamp - (report.billing.duration_ms ?? 0) - (report.billing.init_ms ?? 0));
}
