/** Checks that `settled_by` names something that could settle this execution. */
import type { Observed } from '../observed.ts';
import type { ReportedExecution } from '../reported.ts';
import type { Submission } from '../submissions.ts';

/** `settled_by` where no channel found the end. */
const NO_CHANNEL: Record<string, string> = { lost: 'watcher', deadline_exceeded: 'deadline' };

export function settledByMismatches({ submission, reported }: Observed): string[] {
  const allowed = allowedSettlers(submission, reported);
  if (reported.settled_by !== undefined && allowed.includes(reported.settled_by)) return [];
  return [`settled by ${reported.settled_by}, not by ${allowed.join(' or ')}`];
}

function allowedSettlers({ body }: Submission, { error, attempts }: ReportedExecution): string[] {
  const noChannel = NO_CHANNEL[error?.kind ?? ''];
  if (noChannel !== undefined) return [noChannel];
  const isInDoubt = attempts.at(-1)?.doubt !== undefined;
  const channels = [...body.completion, ...(isInDoubt ? doubtChannels(body.function) : [])];
  const isRefused = error?.kind === 'throttled' || error?.kind === 'invoke_rejected';
  return isRefused ? [...channels, 'invoke'] : channels;
}

/** Channels that may settle a doubt although the submit did not list them. They depend on the function. */
function doubtChannels(fn: string): string[] {
  if (fn.startsWith('durable_')) return ['durable'];
  return fn.startsWith('sending_') ? ['logs', 'sqs'] : ['logs'];
}
