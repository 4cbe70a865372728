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

/** A search that its budget may interrupt. */
interface Search {
  /** the run that started later: its START is the last one of interest */
  last: SeenReport;
  requestIds: Set<string>;
  token: string | undefined;
  emptyPages: number;
  isOver: boolean;
}

export class EarlierStarts {
  readonly #logs: LogReader;
  readonly #logGroup: string;
  readonly #searches = new LRUCache<string, Search>({ max: KEPT_SEARCHES });

  constructor(logs: LogReader, logGroup: string) {
    this.#logs = logs;
    this.#logGroup = logGroup;
  }

  /**
   * The request ids of the runs of the attempt's function that started after its Invoke was sent, up to the run of a report.
   *
   * @returns undefined as long as pages are left; the next call reads on
   */
  async requestIds(attempt: OpenAttempt, last: SeenReport): Promise<string[] | undefined> {
    const key = `${attempt.id} ${attempt.number}`;
    let search = this.#searches.get(key);
    if (search?.last.event.id !== last.event.id) search = newSearch(last);
    this.#searches.set(key, search);
    if (!search.isOver) await this.#readOn(search, attempt);
    return search.isOver ? [...search.requestIds] : undefined;
  }

  async #readOn(search: Search, attempt: OpenAttempt): Promise<void> {
    const { last } = search;
    const query = {
      logGroup: this.#logGroup,
      startTime: attempt.startedAt.getTime() - SKEW_MS,
      endTime: startOf(last) + SKEW_MS,
      pattern: STARTS,
    };
    for (let pages = 0; pages < PAGES_PER_POLL && !search.isOver; pages += 1) {
      const read = await this.#logs.filter(query, { pages: 1 }, search.token);
      if (read.type === 'unreadable') return;
      for (const event of read.events) {
        const { mark } = readLine(event);
        if (mark?.type === 'start' && mayBeStreamOf(event.stream, attempt.function))
          search.requestIds.add(mark.requestId);
      }
      search.token = read.nextToken;
      search.emptyPages = read.events.length > 0 ? 0 : search.emptyPages + 1;
      // Events come in the order of time: behind the START of the last run, an empty page holds nothing of interest.
      const isPassed = search.emptyPages > 0 && search.requestIds.has(last.report.requestId);
      search.isOver = isPassed || search.token === undefined || search.emptyPages >= MOST_EMPTY_PAGES;
    }
  }
}

function newSearch(last: SeenReport): Search {
  return { last, requestIds: new Set(), token: undefined, emptyPages: 0, isOver: false };
}
