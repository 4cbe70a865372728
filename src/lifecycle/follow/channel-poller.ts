import { setImmediate as immediate } from 'node:timers/promises';
import type { Channel, Finding } from '../../completion/channel.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { AttemptPolls } from './attempt-polls.ts';

/** Attempts of one poll: one page of CloudWatch serves them all, so they may be many. */
const MOST = 500;

/** A poll that has ended. */
export interface EndedPoll {
  channel: Channel;
  /** each with the attempt as it was when the poll began */
  polled: readonly { polls: AttemptPolls; attempt: OpenAttempt }[];
  found: PromiseSettledResult<Finding[]>;
}

/** Lets one channel poll, each group of attempts on its own: one poll at a time, of all that wait for it. */
export class ChannelPoller {
  readonly #channel: Channel;
  readonly #process: (poll: EndedPoll) => Promise<void>;
  readonly #signal: AbortSignal;
  /** An attempt stays in its group while it waits or is polled, so that it is not polled twice at once. */
  readonly #groups = new WeakMap<AttemptPolls, Promise<string>>();
  readonly #waiting = new Map<string, Set<AttemptPolls>>();
  readonly #work = new Set<Promise<void>>();

  /** @param process handles what a poll has found; never throws @param signal ends all polls */
  constructor(channel: Channel, process: (poll: EndedPoll) => Promise<void>, signal: AbortSignal) {
    this.#channel = channel;
    this.#process = process;
    this.#signal = signal;
  }

  /** Lets the attempt wait for the next poll of its group. */
  add(polls: AttemptPolls): void {
    const work = this.#add(polls).finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  /** Resolves when no poll runs or waits. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #add(polls: AttemptPolls): Promise<void> {
    const group = await this.#groupOf(polls);
    const waiting = this.#waiting.get(group);
    // A group that has an entry is being polled, and its next poll begins with what waits by then.
    if (waiting) waiting.add(polls);
    else {
      this.#waiting.set(group, new Set([polls]));
      await this.#pollOn(group);
    }
  }

  #groupOf(polls: AttemptPolls): Promise<string> {
    const group = this.#groups.get(polls) ?? Promise.resolve(this.#channel.groupOf?.(polls.attempt) ?? '');
    this.#groups.set(polls, group);
    return group;
  }

  async #pollOn(group: string): Promise<void> {
    const waiting = this.#waiting.get(group) ?? new Set();
    // One poll for all that are added together.
    await immediate();
    while (waiting.size > 0 && !this.#signal.aborted) {
      const next = [...waiting].slice(0, MOST);
      for (const polls of next) waiting.delete(polls);
      await this.#poll(next.filter(({ isOver }) => !isOver));
    }
    this.#waiting.delete(group);
  }

  async #poll(next: readonly AttemptPolls[]): Promise<void> {
    if (next.length === 0) return;
    const polled = next.map((polls) => ({ polls, attempt: polls.begin(this.#channel) }));
    const attempts = polled.map(({ attempt }) => attempt);
    const [found] = await Promise.allSettled([this.#channel.poll?.(attempts, this.#signal) ?? []]);
    await this.#process({ channel: this.#channel, polled, found });
  }
}
