/** Finds the runs of a function that started before another: of these, one may still run. */
import { LRUCache } from 'lru-cache';
import type { LogReader } from '../../aws/log-reader.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import { readLine } from '../../domain/run-log/line.ts';
import { MOST_EMPTY_PAGES, PAGES_PER_POLL, SKEW_MS } from './bounds.ts';
import { mayBeStreamOf } from './own-reports.ts';
import type { SeenReport } from './report-scan.ts';
import { startOf } from './run-reader.ts';

const STARTS = '?"START RequestId" ?"platform.start"';
/** A forgotten search begins anew. */
const KEPT_SEARCHES = 1_000;

/** The START of a run, or the text of one that a function prints. */
export interface Start {
  requestId: string;
  stream: string;
  /** epoch milliseconds */
  timestamp: number;
}

/** A search that its budget may interrupt. */
interface Search {
  /** the run that started later: its START is the last one of interest */
  last: SeenReport;
  starts: Start[];
  token: string | undefined;
  emptyPages: number;
  isOver: boolean;
}

export class EarlierStarts {
  readonly #logs: LogReader;
  readonly #logGroup: string;
  readonly #searches = new LRUCache<string, Search>({ max: KEPT_SEARCHES });
  #pagesLeft = PAGES_PER_POLL;

  constructor(logs: LogReader, logGroup: string) {
    this.#logs = logs;
    this.#logGroup = logGroup;
  }

  /** The searches of one poll share its pages, so that many doubts do not keep other log groups waiting. */
  beginPoll(): void {
    this.#pagesLeft = PAGES_PER_POLL;
  }

  /**
   * The runs of the attempt's function that started after its Invoke was sent, up to the run of a report.
   *
   * @returns undefined as long as pages are left; the next poll reads on
   */
  async find(attempt: OpenAttempt, last: SeenReport): Promise<Start[] | undefined> {
    const key = `${attempt.id} ${attempt.number}`;
    let search = this.#searches.get(key);
    if (search?.last.event.id !== last.event.id) search = newSearch(last);
    this.#searches.set(key, search);
    if (!search.isOver) await this.#readOn(search, attempt);
    return search.isOver ? upTo(search.starts, last.report.requestId) : undefined;
  }

  async #readOn(search: Search, attempt: OpenAttempt): Promise<void> {
    const { last } = search;
    const query = {
      logGroup: this.#logGroup,
      startTime: attempt.startedAt.getTime() - SKEW_MS,
      endTime: startOf(last) + SKEW_MS,
      pattern: STARTS,
    };
    while (this.#pagesLeft > 0 && !search.isOver) {
      this.#pagesLeft -= 1;
      const read = await this.#logs.filter(query, { pages: 1 }, search.token);
      if (read.type === 'unreadable') return;
      for (const event of read.events) {
        const { mark } = readLine(event);
        const { stream, timestamp } = event;
        if (mark?.type === 'start' && mayBeStreamOf(stream, attempt.function))
          search.starts.push({ requestId: mark.requestId, stream, timestamp });
      }
      search.token = read.nextToken;
      search.emptyPages = read.events.length > 0 ? 0 : search.emptyPages + 1;
      // Events come in the order of time: behind the START of the last run, an empty page holds nothing of interest.
      const { requestId } = last.report;
      const isPassed = search.emptyPages > 0 && search.starts.some((start) => start.requestId === requestId);
      search.isOver = isPassed || search.token === undefined || search.emptyPages >= MOST_EMPTY_PAGES;
    }
  }
}

function newSearch(last: SeenReport): Search {
  return { last, starts: [], token: undefined, emptyPages: 0, isOver: false };
}

/** Those that came before the START of this request; all, where that is not visible. */
function upTo(starts: readonly Start[], requestId: string): Start[] {
  const own = starts.find((start) => start.requestId === requestId);
  return starts.filter(({ timestamp }) => own === undefined || timestamp <= own.timestamp);
}
