/** Checks that the reported outcome of an execution is that of its runs. */
import { createHash } from 'node:crypto';
import type { TruthEntry, TruthRun } from '../../../packages/lambda-emulator/src/model.ts';
import type { Observed } from '../observed.ts';
import type { ReportedExecution } from '../reported.ts';
import type { Submission } from '../submissions.ts';
import { hasLostItsHolder } from './doubts.ts';

/** The filler of a big result: functions/behave.* */
const BIG_BYTES = 300 * 1024;
/** Channels that carry the result. `logs` and `none` do not. */
const RESULT_CHANNELS = new Set(['response', 'sqs', 'durable', 's3', 'callback']);
/** Errors of a run that was killed and so could not write its outcome. */
const KILLED = new Set(['Sandbox.Timedout', 'Runtime.ExitError', 'Runtime.OutOfMemory']);

/** Every other error type is a `function_error`. */
const KIND_OF: Record<string, string> = {
  'Sandbox.Timedout': 'timed_out',
  'Runtime.OutOfMemory': 'out_of_memory',
};

export function outcomeMismatches(observed: Observed, truth: TruthEntry[], runs: TruthRun[]): string[] {
  const { submission, reported } = observed;
  switch (reported.state) {
    case 'succeeded':
      return successMismatches(observed, truth, runs);
    case 'failed':
      return failureMismatches(submission, reported, truth, runs);
    default:
      return [`ended as ${reported.state}`];
  }
}

function successMismatches(
  { submission, reported, result }: Observed,
  truth: TruthEntry[],
  runs: TruthRun[],
): string[] {
  const good = runs.filter((run) => run.outcome === 'succeeded');
  const isAccepted = truth.some((entry) => entry.status === 202);
  if (submission.channels === 'none')
    return isAccepted || good.length > 0 ? [] : ['succeeded, but Lambda accepted no event'];
  if (good.length === 0) return ['succeeded, but no run did'];
  if (result === undefined) {
    const { settled_by = '' } = reported;
    return RESULT_CHANNELS.has(settled_by) ? [`settled by ${settled_by}, but without its result`] : [];
  }
  return good.some((run) => isResultOf(run, result, submission))
    ? []
    : ['its result is not that of any successful run'];
}

/** Compares bytes. A function with the envelope serializes its result itself, so there the value counts. */
function isResultOf(run: TruthRun, result: string, { n, body }: Submission): boolean {
  if (!body.envelope) return run.result_sha256 === sha256(result);
  const value = JSON.parse(result) as { n: number; square?: number; filler?: string };
  const isBig = body.payload.behaviour === 'big';
  return value.n === n && (isBig ? value.filler?.length === BIG_BYTES : value.square === n * n);
}

function failureMismatches(
  submission: Submission,
  reported: ReportedExecution,
  truth: TruthEntry[],
  runs: TruthRun[],
): string[] {
  const kind = reported.error?.kind ?? 'no error';
  switch (kind) {
    case 'function_error':
    case 'timed_out':
    case 'out_of_memory':
      return errorMismatches(submission, reported, runs);
    case 'lost':
      return lossMismatches(submission, reported, truth, runs);
    case 'deadline_exceeded':
      return deadlineMismatches(submission, runs);
    case 'throttled':
    case 'invoke_rejected':
      return runs.length > 0 ? [`${kind}, although it ran`] : [];
    default:
      return [`failed with ${kind}`];
  }
}

function errorMismatches(
  { n }: Submission,
  { error, settled_by }: ReportedExecution,
  runs: TruthRun[],
): string[] {
  const bad = runs.filter((run) => run.outcome !== 'succeeded');
  if (!bad.some((run) => run.error_type === error?.type))
    return [`failed with ${error?.type}, but no run did`];
  if ((KIND_OF[error?.type ?? ''] ?? 'function_error') !== error?.kind)
    return [`${error?.type} is reported as ${error?.kind}`];
  // The messages of functions/behave.* end with the number of the submission; the error types are the same for all.
  const number = /failing (?:as requested|in the first run), (\d+)$/.exec(error.message)?.[1];
  if (number !== undefined && Number(number) !== n) return [`failed with the error of submission ${number}`];
  // The first callback or outcome object settles, even if Lambda runs the failed event again.
  return bad.length < runs.length && !/callback|s3/.test(settled_by ?? '')
    ? ['failed, but another run of the same event succeeded']
    : [];
}

/**
 * With `none` the bridge does not follow the run: `lost` is right only if Lambda's 202 never reached the bridge. If
 * its holder was killed before it recorded the 202, the bridge searches the log as for every other doubt.
 */
function lossMismatches(
  { channels, body }: Submission,
  { attempts }: ReportedExecution,
  truth: TruthEntry[],
  runs: TruthRun[],
): string[] {
  // Without a sampled trace nothing names the run of a lost response: docs/completion-channels.md.
  if (body.function.startsWith('untraced') && attempts.at(-1)?.doubt !== undefined) return [];
  if (channels !== 'none' || hasLostItsHolder(attempts.at(-1)))
    return runs.length > 0 ? [`lost, although it ran ${runs.length} times`] : [];
  const isAccepted = truth.some(({ status, answer }) => status === 202 && answer === 'whole');
  return isAccepted ? ['lost, although Lambda responded that it accepted the event'] : [];
}

/** Right only with a timeout, and if every run was killed or the event never ran. */
function deadlineMismatches({ body }: Submission, runs: TruthRun[]): string[] {
  if (body.timeout_seconds === undefined) return ['deadline exceeded, but no timeout was given'];
  const isAnyUnkilled = runs.some((run) => !KILLED.has(run.error_type ?? ''));
  return isAnyUnkilled ? ['deadline exceeded, although a run was not killed'] : [];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
