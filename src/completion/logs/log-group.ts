import { LRUCache } from 'lru-cache';
import type { OpenAttempt, Warning } from '../../domain/execution.ts';
import { hasDoubleReport } from '../../domain/run-log/run.ts';
import type { Verdict } from '../../domain/run-log/verdict.ts';
import { type DoubtDeps, Doubts } from './doubts.ts';
import type { Followed } from './followed.ts';
import { awaitsLateLines, isFinal, judgeReadRun, type SettledRun } from './judged-run.ts';
import { type OwnReports, ownReports } from './own-reports.ts';
import type { PollTimes } from './poll-times.ts';
import { PollTurn } from './poll-turn.ts';
import { noLateLinesFrom, ReportScan, type SeenReport } from './report-scan.ts';
import { RunReader } from './run-reader.ts';

/** Verdicts are small, and reading a run again costs a call. */
const KEPT_VERDICTS = 10_000;

/** What one poll found of an attempt. */
export interface PolledRuns {
  runs: SettledRun[];
  /** pages are left that may hold a run, or a line of one */
  unread: boolean;
  /** when the runs of the function started that the log shows, in epoch milliseconds */
  starts: number[];
}

type WithReports = Followed & { own: OwnReports; reports: SeenReport[] };

export interface LogGroupDeps extends DoubtDeps {
  times: PollTimes;
}

/** One log group: its reports, the runs that they end, and what was judged of them. */
export class LogGroup {
  readonly #deps: LogGroupDeps;
  readonly #turn: PollTurn;
  readonly #doubts: Doubts;
  readonly #scan: ReportScan;
  readonly #reader: RunReader;
  readonly #verdicts = new LRUCache<string, SettledRun>({ maxSize: KEPT_VERDICTS, sizeCalculation: () => 1 });
  /** reports that end no run: another one printed them */
  readonly #printed = new LRUCache<string, true>({ max: KEPT_VERDICTS });

  constructor(deps: LogGroupDeps, name: string) {
    this.#deps = deps;
    this.#turn = new PollTurn(deps.times);
    const logs = deps.logs.inTurn(this.#turn.scan);
    this.#doubts = new Doubts({ ...deps, logs }, name);
    this.#scan = new ReportScan(logs, name);
    this.#reader = new RunReader(deps.logs.inTurn(this.#turn.runs), name);
  }

  /** @returns the warning instead when the group cannot be read */
  async poll(
    members: readonly Followed[],
    signal: AbortSignal | undefined,
  ): Promise<Map<OpenAttempt, PolledRuns> | Warning> {
    this.#turn.begin(members, signal);
    const beganAt = Date.now();
    const oldest = Math.min(...members.map(({ attempt }) => attempt.startedAt.getTime()));
    const last = members.filter(({ attempt }) => attempt.lastPoll);
    const again = Math.min(...last.map(({ attempt }) => attempt.startedAt.getTime()));
    const seen = await this.#scan.since(oldest, again);
    if ('code' in seen) return seen;
    const functions = new Set(members.map(({ attempt }) => attempt.function));
    const own = new Map([...functions].map((fn) => [fn, ownReports(seen.reports, fn)]));
    const found = await this.#findReports(members, own);
    for (const one of found) this.#learn(one, beganAt);
    if (!seen.more) this.#turn.seenAll();
    await this.#judge(found);
    return new Map(found.map((one) => [one.attempt, this.#polled(one, seen.more)]));
  }

  /** Replaces the verdict on a run that its log does not prove. */
  prove(run: SettledRun, verdict: Verdict): SettledRun {
    const proven = { ...run, verdict };
    this.#verdicts.set(run.reportId, proven);
    return proven;
  }

  async #findReports(
    members: readonly Followed[],
    byFunction: Map<string, OwnReports>,
  ): Promise<WithReports[]> {
    const all = members.map((member) => {
      const { function: fn } = member.attempt;
      return { ...member, own: byFunction.get(fn) ?? ownReports([], fn) };
    });
    const doubted = await this.#doubts.find(all.filter(({ attempt }) => attempt.requestId === null));
    return all.map((member) => {
      const { attempt, own } = member;
      const named = attempt.requestId === null ? undefined : own.byRequestId.get(attempt.requestId);
      return { ...member, reports: named ?? doubted.get(attempt) ?? [] };
    });
  }

  /** How old the attempt was when the reports that this poll saw first became visible. Clocks differ, so within its polls. */
  #learn({ attempt, reports }: WithReports, beganAt: number): void {
    if (attempt.requestId === null) return;
    for (const { event, seenAt } of reports) {
      if (seenAt < beganAt) continue;
      const visible = (event.ingestionTime - attempt.startedAt.getTime()) / 1_000;
      const now = attempt.ageSeconds + (seenAt - beganAt) / 1_000;
      this.#deps.times.learn(attempt.function, Math.min(now, Math.max(this.#turn.seenAge(attempt), visible)));
    }
  }

  #polled({ own, reports }: WithReports, more: boolean): PolledRuns {
    const judged = reports.flatMap(({ event }) => this.#verdicts.get(event.id) ?? []);
    const printed = reports.filter(({ event }) => this.#printed.has(event.id));
    const unread = more || judged.length + printed.length < reports.length;
    // A function may print a report: the reports of one run have one start.
    const unique = new Map(judged.map((run) => [`${run.stream} ${run.requestId} ${run.startedAt}`, run]));
    const runs = [...unique.values()];
    const certain = runs.filter(({ mayBePrinted }) => !mayBePrinted);
    return { runs: certain.length > 0 ? certain : runs, unread, starts: own.starts };
  }

  /** Reads and judges the runs whose verdict is not final yet, as far as the budget allows. */
  async #judge(found: readonly WithReports[]): Promise<void> {
    const open = found.flatMap(({ facts, reports }) =>
      reports
        .filter((report) => this.#isToRead(report))
        .map((report) => ({ ...report, settings: facts, facts })),
    );
    const read = await this.#reader.read(open);
    for (const report of open) {
      const { event, facts } = report;
      const one = read.get(event.id);
      if (one === undefined) continue;
      const wholeFrom = this.#wholeFrom(report);
      const isEarly = one.readAt < wholeFrom;
      if (isEarly && one.run && hasDoubleReport(one.run)) continue;
      if (one.run !== undefined) {
        const judged = judgeReadRun(event.id, one.run, facts, isEarly ? wholeFrom : undefined);
        this.#verdicts.set(event.id, judged);
      } else if (!isEarly) this.#printed.set(event.id, true);
    }
  }

  #isToRead(report: SeenReport): boolean {
    const { id } = report.event;
    if (this.#printed.has(id)) return false;
    const judged = this.#verdicts.get(id);
    if (judged === undefined) return true;
    return awaitsLateLines(judged) ? Date.now() >= this.#wholeFrom(report) : !isFinal(judged);
  }

  #wholeFrom(report: SeenReport): number {
    return noLateLinesFrom(report, this.#deps.lateLinesMs);
  }
}
