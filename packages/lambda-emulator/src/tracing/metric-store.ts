/** Lambda's metrics `Invocations` and `Errors`, counted by minute. */

export interface CountedRun {
  functionName: string;
  /** version or alias that was invoked; null: neither */
  qualifier: string | null;
  startedAt: number;
  failed: boolean;
}

interface Datum extends CountedRun {
  /** the metrics count the run from this time on, in epoch milliseconds */
  visibleAt: number;
}

const METRICS: Record<string, (run: CountedRun) => number> = {
  Invocations: () => 1,
  Errors: ({ failed }) => (failed ? 1 : 0),
};
/** Only the newest runs are kept, to limit the memory of a long-running emulator. */
const KEPT_RUNS = 50_000;

export class MetricStore {
  #data: Datum[] = [];

  add(run: CountedRun, delayMs: number): void {
    this.#data.push({ ...run, visibleAt: Date.now() + delayMs });
    if (this.#data.length > KEPT_RUNS * 1.1) this.#data = this.#data.slice(-KEPT_RUNS);
  }

  clear(): void {
    this.#data = [];
  }

  /**
   * The sums of a metric by period, oldest first. A period without a run is left out, as in CloudWatch.
   * @param resource `NAME:QUALIFIER`; undefined: all runs of the function
   */
  sums(
    metric: string,
    functionName: string,
    resource: string | undefined,
    { from, to, periodMs }: { from: number; to: number; periodMs: number },
  ): [at: number, sum: number][] {
    const count = METRICS[metric];
    if (!count) return [];
    const sums = new Map<number, number>();
    const now = Date.now();
    for (const datum of this.#data) {
      const at = Math.floor(datum.startedAt / periodMs) * periodMs;
      if (datum.visibleAt > now || datum.functionName !== functionName || at < from || at >= to) continue;
      if (resource !== undefined && resource !== `${functionName}:${datum.qualifier}`) continue;
      sums.set(at, (sums.get(at) ?? 0) + count(datum));
    }
    return [...sums].sort(([a], [b]) => a - b);
  }
}
