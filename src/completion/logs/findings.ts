/** From the judged runs of an attempt to what the channel reports. */
import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { UnprovenPolicy } from '../../domain/policy.ts';
import { type InvocationVerdict, judgeInvocation } from '../../domain/run-log/invocation-verdict.ts';
import type { Finding } from '../channel.ts';
import { INGESTION_SECONDS } from '../evidence-window.ts';
import type { Followed } from './followed.ts';
import { isEarly, type SettledRun } from './judged-run.ts';
import type { PolledRuns } from './log-group.ts';
import type { SecondProof } from './second-proofs.ts';
import { whyUnproven } from './why-unproven.ts';

export function verdictOn({ attempt, facts }: Followed, { runs }: PolledRuns): InvocationVerdict<SettledRun> {
  return judgeInvocation(runs, runsToCome(attempt, facts, runs.length));
}

/** @param second what a second proof says where the log proves nothing @param policy what such an end is then */
export function findingsOf(
  { attempt, facts }: Followed,
  { runs, unread }: PolledRuns,
  verdict: InvocationVerdict<SettledRun>,
  second: SecondProof | undefined,
  policy: UnprovenPolicy,
): Finding[] {
  switch (verdict.type) {
    case 'succeeded':
      return [ended(attempt, runs, verdict.run, { state: 'succeeded', proof: verdict.proof })];
    case 'failed':
      return [
        ended(attempt, runs, verdict.run, { state: 'failed', error: verdict.error, proof: verdict.proof }),
      ];
    case 'running':
      return [{ attempt, type: 'running' }];
    case 'not_seen':
      return unread ? [{ attempt, type: 'not_yet' }] : [];
    case 'unproven':
      if (verdict.because.because === 'incomplete')
        return incomplete(attempt, runs, verdict.run, unread || isEarly(verdict.run));
      if (second?.type === 'wait' || mayBeRetried(attempt, facts, runs, verdict.run))
        return [{ attempt, type: 'not_yet' }];
      return [
        ...(second?.type === 'none' ? second.warnings : []).map((warning) => notVisible(attempt, warning)),
        ...unproven(attempt, facts, runs, verdict, policy),
      ];
  }
}

function ended(
  attempt: OpenAttempt,
  runs: readonly SettledRun[],
  run: SettledRun,
  outcome: Outcome,
): Finding {
  const evidence = {
    requestId: run.requestId,
    deliveries: runs.length,
    logTail: run.logTail,
    ...(run.billing && { billing: run.billing }),
  };
  return { attempt, type: 'ended', outcome: { ...outcome, ...evidence }, endedAt: run.endedAt };
}

function notVisible(attempt: OpenAttempt, warning: { code: string; message: string }): Finding {
  return { attempt, type: 'not_visible', warning };
}

/** The lines may still become visible, or be read: only the last poll gives up. */
function incomplete(
  attempt: OpenAttempt,
  runs: readonly SettledRun[],
  run: SettledRun,
  isToReadAgain: boolean,
): Finding[] {
  if (!attempt.lastPoll || isToReadAgain) return [{ attempt, type: 'not_yet' }];
  const message =
    `${attempt.function} ran to its end, but its log could not be read whole, so how it ended is not known. ` +
    'It was not started again.';
  return [ended(attempt, runs, run, { state: 'failed', error: { kind: 'lost', message, retryable: true } })];
}

/** A complete log that proves nothing: the runtime does not log every error, or a function may have logged this one. */
function unproven(
  attempt: OpenAttempt,
  facts: FunctionFacts,
  runs: readonly SettledRun[],
  { run, because }: Extract<InvocationVerdict<SettledRun>, { type: 'unproven' }>,
  policy: UnprovenPolicy,
): Finding[] {
  const suspected = because.because === 'suspected' ? because.suspected : undefined;
  const how =
    `${attempt.function} ran to its end, but nothing proves how: ${whyUnproven(because, facts)}. ` +
    'Give the function active X-Ray tracing or destinations (completion channel sqs), or set unproven in its policy.';
  const outcome: Outcome =
    policy === 'succeed'
      ? { state: 'succeeded', proof: 'assumed' }
      : {
          state: 'failed',
          proof: 'assumed',
          error: suspected ?? { kind: 'lost', message: how, retryable: true },
        };
  return [notVisible(attempt, { code: 'end_not_proven', message: how }), ended(attempt, runs, run, outcome)];
}

/**
 * Lambda runs an event again 1 min after it failed, and 2 min after it failed again: a further run proves the failure of
 * the one before. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const RETRY_GAPS_MS = [60_000, 120_000];
/** Until the report of a retry is visible that takes as long as the run before. */
const RETRY_MARGIN_MS = 30_000;

function mayBeRetried(
  attempt: OpenAttempt,
  facts: FunctionFacts,
  runs: readonly SettledRun[],
  { startedAt, endedAt }: SettledRun,
): boolean {
  if (attempt.lastPoll || runsToCome(attempt, facts, runs.length) === 0) return false;
  const gap = RETRY_GAPS_MS[runs.length - 1] ?? 0;
  return Date.now() < endedAt + gap + (endedAt - startedAt) + RETRY_MARGIN_MS;
}

/** How many more runs Lambda may make after a failure. */
function runsToCome(attempt: OpenAttempt, facts: FunctionFacts, runs: number): number {
  if (attempt.invocationType !== 'Event') return 0;
  const tooOld = attempt.ageSeconds > facts.maxEventAgeSeconds + facts.timeoutSeconds + INGESTION_SECONDS;
  return tooOld ? 0 : Math.max(0, facts.retryAttempts + 1 - runs);
}
