/** Holds what the bridge says of every execution against what really ran. */
import { createHash } from 'node:crypto';
import { traceRoot } from '../../src/domain/id.ts';
import type { TruthEntry, TruthRun } from '../../src/local/truth-record.ts';
import type { Planned } from './plan.ts';

/** The filler of a big result: functions/behave.* */
const BIG_BYTES = 300 * 1024;
/** Channels that carry a result; the log and acceptance do not. */
const CARRY_RESULT = new Set(['response', 'sqs', 'durable', 's3', 'callback']);
/** What leaves a function no time to report. */
const KILLED = new Set(['Sandbox.Timedout', 'Runtime.ExitError', 'Runtime.OutOfMemory']);

/** Every other error is the function's own. */
const KIND_OF: Record<string, string> = {
  'Sandbox.Timedout': 'timed_out',
  'Runtime.OutOfMemory': 'out_of_memory',
};

export interface Told {
  id: string;
  state: string;
  attempt: number;
  request_id?: string;
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
  /** the bridge said so, of what it read in CloudWatch */
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
  /** it ran, but the bridge never had its whole log */
  logIncomplete: boolean;
}

export function judge(seen: Seen, entries: readonly TruthEntry[]): Verdict {
  const { told } = seen;
  const roots = new Set(
    Array.from({ length: Math.max(1, told.attempt) }, (_, at) => traceRoot(told.id, at + 1)),
  );
  const truth = entries.filter((entry) => entry.trace_root !== null && roots.has(entry.trace_root));
  const runs = truth.flatMap((entry) => entry.runs).filter((run) => run.outcome !== 'running');
  const sent = truth.filter((entry) => entry.status !== 429);
  const others = requestIds(entries);
  for (const id of requestIds(truth)) others.delete(id);
  const foreign = [...seen.lines, seen.tail].filter(
    (line) => marksOf(line).some((n) => n !== seen.planned.n) || uuidsIn(line).some((id) => others.has(id)),
  );
  return {
    seen,
    truth,
    wrong: [...faultsOf(seen, truth, runs), ...repeated(seen, truth)],
    invokedTwice: sent.length > 1,
    foreignLines: foreign,
    missingLines: missing(seen, truth, runs),
    logIncomplete: runs.length > 0 && !seen.logComplete && hasLog(seen, truth),
  };
}

function faultsOf({ planned, told, result }: Seen, truth: TruthEntry[], runs: TruthRun[]): string[] {
  const good = runs.filter((run) => run.outcome === 'succeeded');
  const accepted = truth.some((entry) => entry.status === 202);
  if (told.state === 'succeeded') {
    if (planned.way === 'none')
      return accepted || good.length > 0 ? [] : ['succeeded, but Lambda accepted nothing'];
    if (good.length === 0) return ['succeeded, but no run did'];
    if (result === undefined)
      return CARRY_RESULT.has(told.settled_by ?? '')
        ? [`no result, although ${told.settled_by} ended it`]
        : [];
    return good.some((run) => isResultOf(run, result, planned))
      ? []
      : ['its result is none that the function gave'];
  }
  if (told.state !== 'failed') return [`ended as ${told.state}`];
  return failureFaults(planned, told, truth, runs);
}

/** Byte for byte as Lambda had it; a function that reports by itself writes its JSON anew. */
function isResultOf(run: TruthRun, result: string, { n, body }: Planned): boolean {
  if (!body.envelope) return run.result_sha256 === sha256(result);
  const value = JSON.parse(result) as { n: number; square?: number; filler?: string };
  const isWhole = body.payload.behave === 'big' ? value.filler?.length === BIG_BYTES : value.square === n * n;
  return value.n === n && isWhole;
}

function failureFaults(planned: Planned, told: Told, truth: TruthEntry[], runs: TruthRun[]): string[] {
  const kind = told.error?.kind ?? 'nothing';
  switch (kind) {
    case 'function_error':
    case 'timed_out':
    case 'out_of_memory':
      return errorFaults(planned, told, runs);
    case 'lost':
      return lossFaults(planned, truth, runs);
    case 'deadline_exceeded':
      return deadlineFaults(planned, runs);
    case 'throttled':
    case 'invoke_rejected':
      return runs.length > 0 ? [`${kind}, although it ran`] : [];
    default:
      return [`failed with ${kind}`];
  }
}

function errorFaults({ n }: Planned, { error, settled_by }: Told, runs: TruthRun[]): string[] {
  const bad = runs.filter((run) => run.outcome !== 'succeeded');
  if (!bad.some((run) => run.error_type === error?.type))
    return [`failed with ${error?.type}, but no run did`];
  if ((KIND_OF[error?.type ?? ''] ?? 'function_error') !== error?.kind)
    return [`${error?.type} is told as ${error?.kind}`];
  // The messages of functions/behave.* end with the number; types are the same for all.
  const told = /(?:told to fail|the first run fails), (\d+)$/.exec(error.message)?.[1];
  if (told !== undefined && Number(told) !== n) return [`failed with the error of ${told}`];
  // A function that reports by itself is believed at its first report, also when Lambda runs it again.
  return bad.length < runs.length && !/callback|s3/.test(settled_by ?? '')
    ? ['failed, but another run of the same event succeeded']
    : [];
}

/** Of `none` nobody follows the run: it is right to be lost only where the bridge never had Lambda's 202. */
function lossFaults({ way }: Planned, truth: TruthEntry[], runs: TruthRun[]): string[] {
  if (way !== 'none') return runs.length > 0 ? [`lost, although it ran ${runs.length} times`] : [];
  const accepted = truth.some(({ status, answer }) => status === 202 && answer === 'whole');
  return accepted ? ['lost, although Lambda said that it accepted it'] : [];
}

/** Right only where a deadline was asked for, and no run was left to report: killed, or its event dropped. */
function deadlineFaults({ body }: Planned, runs: TruthRun[]): string[] {
  if (body.timeout_seconds === undefined) return ['past a deadline that nobody set'];
  const reporting = runs.some((run) => !KILLED.has(run.error_type ?? ''));
  return reporting ? ['past its deadline, although a run could report'] : [];
}

/** Lines with the execution's mark that ran but are not in a log that says it is complete. */
function missing(seen: Seen, truth: TruthEntry[], runs: TruthRun[]): number {
  if (!seen.logComplete || !hasLog(seen, truth)) return 0;
  return Math.max(0, written(runs) - marked(seen));
}

/** A run that goes on is counted only at its end. */
function repeated(seen: Seen, truth: TruthEntry[]): string[] {
  const runs = truth.flatMap((entry) => entry.runs);
  if (runs.some((run) => run.outcome === 'running')) return [];
  const extra = marked(seen) - written(runs);
  return extra > 0 ? [`${extra} lines of its log stand there twice`] : [];
}

function marked({ lines }: Seen): number {
  return lines.filter((line) => line.includes('MARK ')).length;
}

function written(runs: TruthRun[]): number {
  return runs.reduce((sum, run) => sum + run.marked_log_lines, 0);
}

/** What Lambda ran, and no execution of the bridge accounts for. */
export function unaccounted(entries: readonly TruthEntry[], verdicts: readonly Verdict[]): TruthEntry[] {
  const known = new Set(verdicts.flatMap((verdict) => verdict.truth));
  return entries.filter((entry) => !known.has(entry));
}

/** `none` ends before the function runs; and an invocation that stayed unnamed has no log that is surely its own. */
function hasLog({ planned, told }: Seen, truth: TruthEntry[]): boolean {
  const inDoubt = told.attempts.at(-1)?.doubt !== undefined;
  const unnamed = told.request_id === undefined && (inDoubt || !truth.some(wasNamed));
  return planned.way !== 'none' && !unnamed;
}

/** The request id comes with Lambda's answer: a function that reports by itself may end before that is lost. */
function wasNamed({ answer, status }: TruthEntry): boolean {
  return answer === 'whole' && status !== 429 && status !== 502;
}

/** Of a durable execution, every run has one of its own. */
function requestIds(entries: readonly TruthEntry[]): Set<string> {
  return new Set(
    entries.flatMap(({ request_id, runs }) => [request_id, ...runs.map((run) => run.request_id)]),
  );
}

function uuidsIn(line: string): string[] {
  return line.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
}

function marksOf(line: string): number[] {
  return [...line.matchAll(/MARK (\d+)\./g)].map((match) => Number(match[1]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
