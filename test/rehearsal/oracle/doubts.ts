/** Checks that an attempt is in doubt only where the response of Invoke was lost, or its replica was killed. */

import type { TruthEntry } from '../../../packages/lambda-emulator/src/model.ts';
import { traceRoot } from '../../../src/domain/id.ts';
import type { Crash } from '../../helpers/postgres-server.ts';
import type { Observed } from '../observed.ts';
import type { ReportedAttempt } from '../reported.ts';

export function doubtMismatches(
  { reported }: Observed,
  truth: readonly TruthEntry[],
  crashes: readonly Crash[],
): string[] {
  return reported.attempts.flatMap((attempt) => {
    if (attempt.doubt === undefined) return [];
    if (hasLostItsHolder(attempt))
      return wasOpenAtCrash(attempt, crashes)
        ? []
        : ['in doubt because its holder stopped, but no replica was killed while it was open'];
    const own = truth.filter(({ trace_root }) => trace_root === traceRoot(reported.id, attempt.number));
    return own.some(isResponseLost) ? [] : ["in doubt, although Lambda's response was complete"];
  });
}

export function hasLostItsHolder(attempt: ReportedAttempt | undefined): boolean {
  return attempt?.doubt_code === 'holder_lost';
}

/** The API does not say which replica held the attempt, so a crash of any replica counts. */
export function wasOpenAtCrash(
  { started_at, ended_at }: ReportedAttempt,
  crashes: readonly Crash[],
): boolean {
  const ended = ended_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(ended_at);
  return crashes.some(({ from, until }) => Date.parse(started_at) <= until && ended >= from);
}

function isResponseLost({ answer, status }: TruthEntry): boolean {
  return answer !== 'whole' || (status ?? 500) >= 500;
}
