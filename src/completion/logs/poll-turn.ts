/** Where the calls for one log group stand in the line: the group in which a run has most likely ended comes first. */
import type { Turn } from '../../aws/call-queue.ts';
import { endLikelihood } from '../../domain/end-likelihood.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { Followed } from './followed.ts';
import type { PollTimes } from './poll-times.ts';

/**
 * An attempt of a group that this replica has not read yet was polled by another one, or before a restart, except if it is
 * young. Without this, the first poll of each old attempt would come before those of the young ones.
 */
const ASSUMED_SECONDS = 30;

export class PollTurn {
  readonly #times: PollTimes;
  #members: readonly Followed[] = [];
  #signal: AbortSignal | undefined;
  #calls = 0;
  /** monotonic milliseconds */
  #beganAt = 0;
  #seenAt: number | undefined;

  constructor(times: PollTimes) {
    this.#times = times;
  }

  begin(members: readonly Followed[], signal: AbortSignal | undefined): void {
    this.#members = members;
    this.#signal = signal;
    this.#calls = 0;
    this.#beganAt = performance.now();
  }

  /** All reports were read that were visible when this poll began. */
  seenAll(): void {
    this.#seenAt = this.#beganAt;
  }

  /** How old the attempt was when all reports had been read before this poll, in seconds. */
  seenAge({ ageSeconds }: OpenAttempt): number {
    if (this.#seenAt === undefined) return 0;
    return Math.max(0, ageSeconds - (this.#beganAt - this.#seenAt) / 1_000);
  }

  /** Of the search for reports. */
  get scan(): Turn {
    return this.#turn(() => this.#likelihood());
  }

  /** Of the reads for runs that have a report: one call may bring their end. */
  get runs(): Turn {
    return this.#turn(() => 1);
  }

  /** Each further page of a poll comes later, so that a long one keeps no other group waiting. */
  #turn(rank: () => number): Turn {
    const signal = () => this.#signal;
    return {
      rank: () => rank() / (1 + this.#calls),
      passed: () => {
        this.#calls += 1;
      },
      get signal() {
        return signal();
      },
    };
  }

  #likelihood(): number {
    const waited = (performance.now() - this.#beganAt) / 1_000;
    const chances = this.#members.map(({ attempt }) => {
      if (this.#times.isPromising(attempt)) return 1;
      const seen = this.#times.agesOf(attempt.function);
      const isFirst = this.#seenAt === undefined;
      const from = isFirst ? Math.max(0, attempt.ageSeconds - ASSUMED_SECONDS) : this.seenAge(attempt);
      return endLikelihood(seen, from, attempt.ageSeconds + waited);
    });
    return Math.max(...chances);
  }
}
