import { LRUCache } from 'lru-cache';
import type { LogReader } from '../../aws/log-reader.ts';
import type { OpenAttempt, Warning } from '../../domain/execution.ts';
import type { Followed } from './followed.ts';
import { isFinal, judgeReadRun, type SettledRun } from './judged-run.ts';
import { reportsOf } from './own-reports.ts';
import { ReportScan, type SeenReport } from './report-scan.ts';
import { RunReader } from './run-reader.ts';

/** Verdicts are small, and reading a run again costs a call. */
const KEPT_VERDICTS = 10_000;

/** What one poll found of an attempt. */
export interface PolledRuns {
  runs: SettledRun[];
  /** pages are left that may hold a run, or a line of one */
  unread: boolean;
}

/** One log group: its reports, the runs that they end, and what was judged of them. */
export class LogGroup {
  readonly #scan: ReportScan;
  readonly #reader: RunReader;
  readonly #verdicts = new LRUCache<string, SettledRun>({ maxSize: KEPT_VERDICTS, sizeCalculation: () => 1 });

  constructor(logs: LogReader, name: string) {
    this.#scan = new ReportScan(logs, name);
    this.#reader = new RunReader(logs, name);
  }

  /** @returns the warning instead when the group cannot be read */
  async poll(members: readonly Followed[]): Promise<Map<OpenAttempt, PolledRuns> | Warning> {
    const oldest = Math.min(...members.map(({ attempt }) => attempt.startedAt.getTime()));
    const seen = await this.#scan.since(oldest);
    if ('code' in seen) return seen;
    const own = members.map((member) => ({
      ...member,
      reports: reportsOf(member.attempt, member.facts, seen.reports),
    }));
    await this.#judge(own);
    return new Map(
      own.map(({ attempt, reports }) => {
        const runs = reports.flatMap(({ event }) => this.#verdicts.get(event.id) ?? []);
        return [attempt, { runs, unread: seen.more || runs.length < reports.length }];
      }),
    );
  }

  /** Reads and judges the runs whose verdict is not final yet, as far as the budget allows. */
  async #judge(own: readonly (Followed & { reports: SeenReport[] })[]): Promise<void> {
    const open = own.flatMap(({ facts, reports }) =>
      reports
        .filter(({ event }) => !this.#isJudged(event.id))
        .map((report) => ({ ...report, format: facts.logFormat, facts })),
    );
    const read = await this.#reader.read(open);
    for (const { event, facts } of open) {
      const run = read.get(event.id);
      if (run) this.#verdicts.set(event.id, judgeReadRun(run, facts));
    }
  }

  #isJudged(reportId: string): boolean {
    const judged = this.#verdicts.get(reportId);
    return judged !== undefined && isFinal(judged);
  }
}
