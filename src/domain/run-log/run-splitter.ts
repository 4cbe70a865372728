/**
 * Finds the runs of one invocation in the log of an environment that runs one invocation at a time. "Ours" in this file
 * means: of this invocation. A platform line in the log may be printed, which means that a function wrote it; or it may
 * be a copy, which means that an extension wrote it again.
 */
import { type Line, type LogFormat, type Mark, names } from './line.ts';
import type { Report } from './report.ts';
import { addLine, endOf, isOwnLate, newRun, type Run, withoutStart } from './run.ts';

/** Whether another invocation printed the line while it ran. `maybe`: its REPORT is not visible (yet). */
type Printed = 'no' | 'maybe' | 'yes';

/** Lambda runs a failed event again after a minute: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const SOONEST_RETRY_MS = 50_000;

export class RunSplitter {
  readonly #lines: readonly Line[];
  readonly #requestId: string;
  readonly #format: LogFormat;
  readonly #runs: Run[] = [];
  /** the run that has no report yet */
  #current: Run | undefined;
  /** the last run, if it has a report and no other run has begun since */
  #ended: Run | undefined;
  /** the lines outside of our runs since the last START or REPORT */
  #preamble: Line[] = [];

  /** @param lines of one stream, oldest first */
  constructor(lines: readonly Line[], requestId: string, format: LogFormat) {
    this.#lines = lines;
    this.#requestId = requestId;
    this.#format = format;
  }

  split(): Run[] {
    for (const [at, line] of this.#lines.entries()) this.#take(at, line);
    return this.#runs;
  }

  #take(at: number, line: Line): void {
    const mark = this.#markOf(line);
    const isOurs = names(mark, this.#requestId);
    if (mark?.type === 'start' && isOurs) this.#start(at, line);
    else if (this.#current) this.#add(this.#current, line, mark);
    else if (mark?.type === 'report' && isOurs) this.#report(at, line, mark.report);
    else if (mark?.type === 'start' || mark?.type === 'report') this.#other();
    else this.#outside(line, mark);
  }

  /** A mark counts only in the format in which the platform writes to this log. */
  #markOf({ format, mark }: Line): Mark | undefined {
    return format === this.#format ? mark : undefined;
  }

  #start(at: number, line: Line): void {
    const open = this.#current;
    if (open && !isRetried(open, line)) addLine(open, line, line.mark);
    else if (open) this.#begin(newRun(line, this.#requestId, this.#format, []));
    else {
      const printed = this.#isPrinted(at);
      if (printed === 'yes') return;
      const run = newRun(line, this.#requestId, this.#format, this.#preamble);
      this.#begin({ ...run, mayBePrinted: printed === 'maybe' });
    }
  }

  #begin(run: Run): void {
    this.#current = run;
    this.#runs.push(run);
  }

  #add(run: Run, line: Line, mark: Mark | undefined): void {
    addLine(run, line, mark);
    if (run.report) this.#end(run);
  }

  #end(run: Run): void {
    this.#ended = run;
    this.#current = undefined;
    this.#preamble = [];
  }

  /**
   * Takes a REPORT of ours that comes while no run of ours is open. It is a copy, or the true REPORT of the last run,
   * or the REPORT of a run whose START is not visible.
   */
  #report(at: number, line: Line, report: Report): void {
    const printed = this.#isPrinted(at);
    if (printed === 'yes' || isCopy(report, this.#runs)) return;
    if (this.#ended && beganBefore(this.#ended, line, report)) this.#extend(this.#ended, line);
    else {
      const run = withoutStart(line, report, this.#requestId, this.#format, this.#preamble);
      this.#runs.push({ ...run, mayBePrinted: printed === 'maybe' });
    }
    this.#preamble = [];
  }

  /** Adds the true REPORT to a run. A run has only one report, so the function printed the earlier one. */
  #extend(run: Run, line: Line): void {
    for (const one of [...this.#preamble, line]) addLine(run, one, this.#markOf(one));
    const own = new Set(run.lines);
    run.lines = this.#lines.filter((one) => own.has(one));
  }

  #other(): void {
    this.#ended = undefined;
    this.#preamble = [];
  }

  #outside(line: Line, mark: Mark | undefined): void {
    const last = this.#ended ?? this.#runs.at(-1);
    if (last && isOwnLate(line, last)) addLine(last, line, mark);
    else if (this.#ended && line.event.timestamp === endOf(this.#ended)) this.#ended.adjacent.push(line);
    else this.#preamble.push(line);
  }

  /**
   * Whether the line at this position lies between START and REPORT of another invocation. The environment cannot run
   * our invocation at that time, so the other one printed the line.
   */
  #isPrinted(at: number): Printed {
    const isBorder = (line: Line) => {
      const mark = this.#markOf(line);
      return (mark?.type === 'start' || mark?.type === 'report') && mark.requestId !== this.#requestId;
    };
    const border = this.#lines.findLastIndex((line, index) => index < at && isBorder(line));
    const before = this.#lines[border]?.mark;
    if (before?.type !== 'start') return 'no';
    // A START after its own REPORT is a copy.
    const reported = this.#reportAfter(0, before.requestId);
    if (reported >= 0 && reported < border) return 'no';
    const ours = this.#reportAfter(at, this.#requestId);
    const theirs = this.#reportAfter(at, before.requestId);
    if (theirs < 0) return 'maybe';
    return ours >= 0 && theirs > ours ? 'yes' : 'no';
  }

  #reportAfter(at: number, requestId: string): number {
    return this.#lines.findIndex((line, index) => {
      const mark = this.#markOf(line);
      return index >= at && mark?.type === 'report' && mark.requestId === requestId;
    });
  }
}

/**
 * Whether this START begins another run of the invocation although the REPORT of the run before is lost or not visible
 * yet. Then the run before keeps its lines up to the START of the next invocation. A START that comes too soon is a
 * copy.
 */
function isRetried(run: Run, { event, mark }: Line): boolean {
  if (event.timestamp - run.startedAt < SOONEST_RETRY_MS) return false;
  const other = run.lines.findIndex(({ mark: one, format }) => {
    return format === run.format && one?.type === 'start' && one.requestId !== run.requestId;
  });
  if (other >= 0) run.lines.length = other;
  return other >= 0 || run.hasEnd || writtenLater(mark, run.lines[0]?.mark);
}

function writtenLater(mark: Mark | undefined, first: Mark | undefined): boolean {
  if (mark?.type !== 'start' || first?.type !== 'start') return false;
  return (mark.writtenAt ?? 0) > (first.writtenAt ?? Number.POSITIVE_INFINITY);
}

/** Whether it is a copy of the report of an ended run. An extension may write one when the environment is shut down. */
function isCopy({ writtenAt }: Report, runs: readonly Run[]): boolean {
  return writtenAt !== undefined && runs.some(({ report }) => report?.writtenAt === writtenAt);
}

/**
 * Whether the run in this report began before the end of `run`, by the duration in the report. Then it is the report of
 * `run`, and the earlier report was printed. A retry would begin later.
 */
function beganBefore(run: Run, { event }: Line, { billing }: Report): boolean {
  return event.timestamp - (billing.duration_ms ?? 0) <= endOf(run);
}
