import type { Finding } from '../../src/completion/channel.ts';
import type { Outcome } from '../../src/domain/outcome.ts';

export type Ended = Finding & { type: 'ended' };

/** The ends among what a poll found. */
export function endsIn(findings: readonly Finding[] | undefined): Ended[] {
  return (findings ?? []).filter((finding): finding is Ended => finding.type === 'ended');
}

/** The outcome of the first end among what a poll found. */
export function outcomeIn(findings: readonly Finding[] | undefined): Outcome | undefined {
  return endsIn(findings)[0]?.outcome;
}
