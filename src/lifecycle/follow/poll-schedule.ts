import type { Channel, HintedAttempt } from '../../completion/channel.ts';
import { LONGEST_SECONDS } from '../../domain/end-likelihood.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { Ledger } from '../../ledger/ledger.ts';

/** Polling costs little and delays an end by at most a tenth. */
const SHARE_OF_AGE = 0.1;

/** How old the attempt should be at the channel's next poll of it, in seconds. @param polledAt 0 before the first poll */
export function nextPollAge(channel: Channel, attempt: OpenAttempt, polledAt: number, gap: number): number {
  const own = channel.nextPoll?.(attempt, polledAt, gap);
  if (own !== undefined) return own;
  return polledAt === 0 ? 0 : ageByAge(polledAt, gap);
}

/** Where nothing is known of the function. */
export function ageByAge(polledAt: number, gap: number): number {
  return polledAt + Math.min(LONGEST_SECONDS, Math.max(gap, polledAt * SHARE_OF_AGE));
}

/** When the attempts that were polled are due again. Written for all of them at once. */
export class PollSchedule {
  readonly #ledger: Ledger;
  /** in monotonic milliseconds */
  readonly #due = new Map<string, { id: string; number: number; at: number }>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The earliest of the times that the channels want. */
  set({ id, number }: HintedAttempt, inSeconds: number): void {
    const at = performance.now() + inSeconds * 1_000;
    const key = `${id} ${number}`;
    this.#due.set(key, { id, number, at: Math.min(at, this.#due.get(key)?.at ?? at) });
  }

  /** @returns in how many milliseconds attempts are due */
  async write(): Promise<number[]> {
    if (this.#due.size === 0) return [];
    const now = performance.now();
    const due = [...this.#due.values()];
    this.#due.clear();
    const polls = due.map(({ id, number, at }) => ({
      id,
      number,
      inSeconds: Math.max(0, (at - now) / 1_000),
    }));
    await this.#ledger.schedulePolls(polls);
    return polls.map(({ inSeconds }) => inSeconds * 1_000);
  }
}
