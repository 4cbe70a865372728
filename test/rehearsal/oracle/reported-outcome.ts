/** Whether an execution ended as its runs did. */
import { createHash } from 'node:crypto';
import type { TruthEntry, TruthRun } from '../../../src/local/truth-record.ts';
import type { Seen, Told } from '../observed.ts';
import type { Planned } from '../submissions.ts';
import { lostItsHolder } from './doubts.ts';

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

export function endFaults({ planned, told, result }: Seen, truth: TruthEntry[], runs: TruthRun[]): string[] {
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
      return lossFaults(planned, told, truth, runs);
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

/**
 * Of `none` nobody follows the run: it is right to be lost only where the bridge never had Lambda's 202. Where the
 * bridge was killed before it had written that, the log is searched as for all others.
 */
function lossFaults({ way }: Planned, { attempts }: Told, truth: TruthEntry[], runs: TruthRun[]): string[] {
  if (way !== 'none' || lostItsHolder(attempts.at(-1)))
    return runs.length > 0 ? [`lost, although it ran ${runs.length} times`] : [];
  const accepted = truth.some(({ status, answer }) => status === 202 && answer === 'whole');
  return accepted ? ['lost, although Lambda said that it accepted it'] : [];
}

/** Right only where a deadline was asked for, and no run was left to report: killed, or its event dropped. */
function deadlineFaults({ body }: Planned, runs: TruthRun[]): string[] {
  if (body.timeout_seconds === undefined) return ['past a deadline that nobody set'];
  const reporting = runs.some((run) => !KILLED.has(run.error_type ?? ''));
  return reporting ? ['past its deadline, although a run could report'] : [];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
