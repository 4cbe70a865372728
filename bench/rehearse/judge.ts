/** Holds what the bridge says of every execution against what really ran. */
import { createHash } from 'node:crypto';
import { traceRoot } from '../../src/domain/id.ts';
import type { TruthEntry, TruthRun } from '../../src/local/truth-record.ts';
import type { Planned } from './plan.ts';

/** The filler of a big result: functions/behave.* */
const BIG_BYTES = 300 * 1024;

export interface Told {
  id: string;
  state: string;
  attempt: number;
  settled_by?: string;
  error?: { kind: string; type?: string; message: string };
  attempts: { number: number; outcome?: string; doubt?: string; deliveries?: number; late: boolean }[];
}

export interface Seen {
  planned: Planned;
  told: Told;
  /** raw bytes of the result, when it has one */
  result: string | undefined;
  /** of the log */
  lines: string[];
  tail: string;
  logComplete: boolean;
}

export interface Verdict {
  seen: Seen;
  truth: TruthEntry[];
  /** in a sentence each; empty when all is right */
  wrong: string[];
  invokedTwice: boolean;
  foreignLines: string[];
  missingLines: number;
}

export function judge(seen: Seen, entries: readonly TruthEntry[]): Verdict {
  const { told } = seen;
  const roots = new Set(
    Array.from({ length: Math.max(1, told.attempt) }, (_, at) => traceRoot(told.id, at + 1)),
  );
  const truth = entries.filter((entry) => entry.trace_root !== null && roots.has(entry.trace_root));
  const runs = truth.flatMap((entry) => entry.runs).filter((run) => run.outcome !== 'running');
  const sent = truth.filter((entry) => entry.status !== 429);
  const foreign = [...seen.lines, seen.tail].filter((line) =>
    marksOf(line).some((n) => n !== seen.planned.n),
  );
  return {
    seen,
    truth,
    wrong: faultsOf(seen, truth, runs),
    invokedTwice: sent.length > 1,
    foreignLines: foreign,
    missingLines: missing(seen, runs),
  };
}

function faultsOf({ planned, told, result }: Seen, truth: TruthEntry[], runs: TruthRun[]): string[] {
  const good = runs.filter((run) => run.outcome === 'succeeded');
  const accepted = truth.some((entry) => entry.status === 202);
  if (told.state === 'succeeded') {
    if (planned.way === 'none')
      return accepted || good.length > 0 ? [] : ['succeeded, but Lambda accepted nothing'];
    if (good.length === 0) return ['succeeded, but no run did'];
    const same = result === undefined || good.some((run) => isResultOf(run, result, planned));
    return same ? [] : ['its result is none that the function gave'];
  }
  if (told.state !== 'failed') return [`ended as ${told.state}`];
  return failureFaults(planned, told, runs, good);
}

/** Byte for byte as Lambda had it; a function that reports by itself writes its JSON anew. */
function isResultOf(run: TruthRun, result: string, { n, body }: Planned): boolean {
  if (!body.envelope) return run.result_sha256 === sha256(result);
  const value = JSON.parse(result) as { n: number; square?: number; filler?: string };
  return value.n === n && (value.square === n * n || value.filler?.length === BIG_BYTES);
}

function failureFaults({ way }: Planned, told: Told, runs: TruthRun[], good: TruthRun[]): string[] {
  const kind = told.error?.kind ?? 'nothing';
  const bad = runs.filter((run) => run.outcome !== 'succeeded');
  const reports = way === 's3' || way === 'callback';
  switch (kind) {
    case 'function_error':
    case 'timed_out':
    case 'out_of_memory': {
      const matching = bad.some((run) => run.error_type === told.error?.type);
      if (!matching) return [`failed with ${told.error?.type}, but no run did`];
      // A function that reports by itself is believed at its first report, also when Lambda runs it again.
      return good.length > 0 && !/callback|s3/.test(told.settled_by ?? '')
        ? ['failed, but another run of the same event succeeded']
        : [];
    }
    case 'lost':
      return runs.length > 0 && way !== 'none' ? [`lost, although it ran ${runs.length} times`] : [];
    case 'deadline_exceeded':
      // Without a report there is nothing to see: the function was killed, or its event was dropped.
      return reports && good.length > 0 ? ['past its deadline, although a run succeeded'] : [];
    case 'throttled':
    case 'invoke_rejected':
      return runs.length > 0 ? [`${kind}, although it ran`] : [];
    default:
      return [`failed with ${kind}`];
  }
}

/** Lines with the execution's mark that ran but are not in a log that says it is complete. */
function missing({ lines, logComplete, planned }: Seen, runs: TruthRun[]): number {
  if (!logComplete || planned.way === 'none') return 0;
  const marked = lines.filter((line) => line.includes('MARK ')).length;
  const written = runs.reduce((sum, run) => sum + run.marked_log_lines, 0);
  return Math.max(0, written - marked);
}

function marksOf(line: string): number[] {
  return [...line.matchAll(/MARK (\d+)\./g)].map((match) => Number(match[1]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
