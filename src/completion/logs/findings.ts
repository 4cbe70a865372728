/** From the judged runs of an attempt to what the channel reports. */
import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { judgeInvocation } from '../../domain/run-log/invocation-verdict.ts';
import type { Finding } from '../channel.ts';
import { INGESTION_SECONDS } from '../evidence-window.ts';
import type { Followed } from './followed.ts';
import type { SettledRun } from './judged-run.ts';
import type { PolledRuns } from './log-group.ts';

export function findingsOf(
  { attempt, facts }: Followed,
  { runs, unread }: PolledRuns = { runs: [], unread: false },
  channel: string,
): Finding[] {
  const verdict = judgeInvocation(runs, runsToCome(attempt, facts, runs.length));
  switch (verdict.type) {
    case 'succeeded':
      return [ended(attempt, runs, verdict.run, { state: 'succeeded', proof: verdict.proof })];
    case 'failed':
      return [
        ended(attempt, runs, verdict.run, { state: 'failed', error: verdict.error, proof: verdict.proof }),
      ];
    case 'running':
      return [{ attempt, type: 'running' }];
    case 'unproven':
      return verdict.because.because === 'runtime'
        ? unproven(attempt, facts, runs, verdict.run, channel)
        : incomplete(attempt, runs, verdict.run, unread);
    case 'not_seen':
      return unread ? [{ attempt, type: 'not_yet' }] : [];
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

/** The lines may still become visible, or be read: only the last poll gives up. */
function incomplete(
  attempt: OpenAttempt,
  runs: readonly SettledRun[],
  run: SettledRun,
  unread: boolean,
): Finding[] {
  if (!attempt.lastPoll || unread) return [{ attempt, type: 'not_yet' }];
  const message =
    `${attempt.function} ran to its end, but its log could not be read whole, so how it ended is not known. ` +
    'It was not started again.';
  return [ended(attempt, runs, run, { state: 'failed', error: { kind: 'lost', message, retryable: true } })];
}

/** Its runtime does not log every error, so a complete log without one proves nothing. */
function unproven(
  attempt: OpenAttempt,
  facts: FunctionFacts,
  runs: readonly SettledRun[],
  run: SettledRun,
  channel: string,
): Finding[] {
  const message =
    `Lambda ran ${attempt.function} to its end, but its runtime${facts.runtime ? ` (${facts.runtime})` : ''} does not ` +
    `log every error, so completion channel '${channel}' cannot prove that it succeeded. Give the function active ` +
    'X-Ray tracing or a destination (completion channel sqs), or set unproven in its function policy.';
  return [
    { attempt, type: 'not_visible', warning: { code: 'end_not_proven', message } },
    ended(attempt, runs, run, { state: 'succeeded', proof: 'assumed' }),
  ];
}

/** How many more runs Lambda may make after a failure. */
function runsToCome(attempt: OpenAttempt, facts: FunctionFacts, runs: number): number {
  if (attempt.invocationType !== 'Event') return 0;
  const tooOld = attempt.ageSeconds > facts.maxEventAgeSeconds + facts.timeoutSeconds + INGESTION_SECONDS;
  return tooOld ? 0 : Math.max(0, facts.retryAttempts + 1 - runs);
}
