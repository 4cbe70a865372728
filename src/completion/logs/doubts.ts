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
import { EarlierStarts, type Start } from './earlier-starts.ts';
import { type OwnReports, startedInWindow } from './own-reports.ts';
import { noLateLinesFrom, type SeenReport } from './report-scan.ts';
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

export interface Doubted {
  attempt: OpenAttempt;
  facts: FunctionFacts;
  /** those of the function's own streams */
  own: OwnReports;
}

export class Doubts {
  readonly #deps: DoubtDeps;
  readonly #earlier: EarlierStarts;

  constructor(deps: DoubtDeps, logGroup: string) {
    this.#deps = deps;
    this.#earlier = new EarlierStarts(deps.logs, logGroup);
  }

  /** The reports of the runs of these attempts; an attempt that is absent has none yet that is surely its own. */
  async find(doubted: readonly Doubted[]): Promise<Map<OpenAttempt, SeenReport[]>> {
    this.#earlier.beginPoll();
    const inWindow = doubted.map((one) => {
      const { attempt, facts, own } = one;
      const reports = own.all.filter((report) => startedInWindow(report, attempt, facts));
      const root = traceRoot(attempt.id, attempt.number);
      return { ...one, reports, root, traced: reports.filter(({ report }) => report.traceId === root) };
    });
    const named = await this.#named(inWindow.filter(({ traced }) => traced.length > 0));
    const found = new Map<OpenAttempt, SeenReport[]>();
    for (const one of inWindow) {
      const { attempt, own, traced, reports } = one;
      const requestId = named.get(one.root);
      if (requestId !== undefined) found.set(attempt, withId(traced, requestId));
      else if (traced.length > 0) found.set(attempt, await this.#firstOf(attempt, own.all, traced));
      else if (this.#deps.isExclusive(attempt.function))
        found.set(attempt, await leftOver(this.#deps.known, attempt, reports));
    }
    return found;
  }

  /** The requests that the bridge made, by root, as far as X-Ray shows them. */
  async #named(traced: readonly (Doubted & { root: string })[]): Promise<Map<string, string>> {
    const asked = traced.filter(({ facts }) => facts.tracing === 'Active');
    if (asked.length === 0) return new Map();
    const read = await this.#deps.traces.find(asked.map(({ root }) => root)).catch((error: unknown) => {
      if (error instanceof BridgeError) return undefined;
      throw error;
    });
    if (read?.type !== 'traces') return new Map();
    return new Map(
      asked.flatMap(({ attempt, root }): [string, string][] => {
        const runs = read.runs.get(root) ?? [];
        const own = runs.filter((run) => !run.child && isSameFunction(attempt.function, run.functionArn));
        const [requestId, ...others] = new Set(own.map((run) => run.requestId));
        return requestId === undefined || others.length > 0 ? [] : [[root, requestId]];
      }),
    );
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
    if (!first || Date.now() < noLateLinesFrom(first, this.#deps.lateLinesMs)) return [];
    const starts = await this.#earlier.find(attempt, first);
    if (starts === undefined || starts.some((start) => !hasEnded(start, own))) return [];
    return withId(traced, first.report.requestId);
  }
}

function withId(reports: readonly SeenReport[], requestId: string): SeenReport[] {
  return reports.filter(({ report }) => report.requestId === requestId);
}

/** Its REPORT is there, or that of a later run in its environment, which runs one at a time: then the START is printed. */
function hasEnded({ requestId, stream, timestamp }: Start, own: readonly SeenReport[]): boolean {
  return own.some(({ event, report }) => {
    return report.requestId === requestId || (event.stream === stream && event.timestamp > timestamp);
  });
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
  const [only, ...others] = left;
  return only === undefined || others.length > 0 ? [] : withId(inWindow, only);
}
