/**
 * Finds the run of an attempt whose answer was lost before it named the request: by our trace root, or by elimination. What
 * our function invokes inherits the root, itself included, so a run is ours only if X-Ray says that nothing within the
 * trace invoked it, or if no earlier one can be.
 */
import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { LogReader } from '../../aws/log-reader.ts';
import type { TraceReader } from '../../aws/trace-reader.ts';
import { BridgeError } from '../../domain/errors.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import { traceRoot } from '../../domain/id.ts';
import { isSameFunction } from '../../domain/same-function.ts';
import { EarlierStarts } from './earlier-starts.ts';
import { startedInWindow } from './own-reports.ts';
import type { SeenReport } from './report-scan.ts';
import { startOf } from './run-reader.ts';

/** What the ledger knows of the other attempts of a function. */
export interface KnownAttempts {
  /** which of these request ids belong to attempts */
  owned(requestIds: readonly string[]): Promise<string[]>;
  /** whether another attempt of the function may have a run that has no request id in the ledger (yet) */
  hasRival(attempt: OpenAttempt): Promise<boolean>;
}

export interface DoubtDeps {
  logs: LogReader;
  traces: TraceReader;
  known: KnownAttempts;
  /** after REPORT was ingested, older lines may become visible for so long, in milliseconds */
  lateLinesMs: number;
  /** only the bridge invokes the function */
  isExclusive: (fn: string) => boolean;
}

export class Doubts {
  readonly #deps: DoubtDeps;
  readonly #earlier: EarlierStarts;

  constructor(deps: DoubtDeps, logGroup: string) {
    this.#deps = deps;
    this.#earlier = new EarlierStarts(deps.logs, logGroup);
  }

  /** @param own the reports of the function's own streams @returns those of the attempt's run; none: not found (yet) */
  async reportsOf(
    attempt: OpenAttempt,
    facts: FunctionFacts,
    own: readonly SeenReport[],
  ): Promise<SeenReport[]> {
    const inWindow = own.filter((report) => startedInWindow(report, attempt, facts));
    const root = traceRoot(attempt.id, attempt.number);
    const traced = inWindow.filter(({ report }) => report.traceId === root);
    if (traced.length > 0) {
      const { traces } = this.#deps;
      const requestId = facts.tracing === 'Active' ? await requestOf(traces, attempt) : undefined;
      if (requestId !== undefined) return traced.filter(({ report }) => report.requestId === requestId);
      return this.#firstOf(attempt, own, traced);
    }
    return this.#deps.isExclusive(attempt.function) ? leftOver(this.#deps.known, attempt, inWindow) : [];
  }

  /**
   * The request that started first among those with our root, unless an earlier run has not ended yet, or may have started
   * without its START being visible yet.
   */
  async #firstOf(
    attempt: OpenAttempt,
    own: readonly SeenReport[],
    traced: readonly SeenReport[],
  ): Promise<SeenReport[]> {
    const first = traced.toSorted((a, b) => startOf(a) - startOf(b))[0];
    if (!first || Date.now() < first.event.ingestionTime + this.#deps.lateLinesMs) return [];
    const reported = new Set(own.map(({ report }) => report.requestId));
    const started = await this.#earlier.requestIds(attempt, first);
    if (started === undefined || started.some((id) => !reported.has(id))) return [];
    return traced.filter(({ report }) => report.requestId === first.report.requestId);
  }
}

/** The request that the bridge made, by X-Ray; undefined where the trace does not show it (yet). */
async function requestOf(traces: TraceReader, attempt: OpenAttempt): Promise<string | undefined> {
  const root = traceRoot(attempt.id, attempt.number);
  const read = await traces.find([root]).catch((error: unknown) => {
    if (error instanceof BridgeError) return undefined;
    throw error;
  });
  const runs = read?.type === 'traces' ? (read.runs.get(root) ?? []) : [];
  const own = runs.filter((run) => !run.child && isSameFunction(attempt.function, run.functionArn));
  const [requestId, ...others] = new Set(own.map((run) => run.requestId));
  return others.length === 0 ? requestId : undefined;
}

/** Only the bridge invokes it: a run that belongs to no other attempt is ours, if it is the only such run. */
async function leftOver(
  known: KnownAttempts,
  attempt: OpenAttempt,
  inWindow: readonly SeenReport[],
): Promise<SeenReport[]> {
  if (inWindow.length === 0 || (await known.hasRival(attempt))) return [];
  const ids = [...new Set(inWindow.map(({ report }) => report.requestId))];
  const owned = new Set(await known.owned(ids));
  const left = ids.filter((id) => !owned.has(id));
  return left.length === 1 ? inWindow.filter(({ report }) => report.requestId === left[0]) : [];
}
