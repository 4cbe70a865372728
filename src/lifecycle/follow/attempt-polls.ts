import type { Channel, Finding } from '../../completion/channel.ts';
import type { OpenAttempt } from '../../domain/execution.ts';

export type EndFinding = Finding & { type: 'ended' };

/** How a channel's poll of one attempt ended. */
export interface PolledAttempt {
  attempt: OpenAttempt;
  /** false: the channel could not be asked, or what it found could not be written */
  isAnswered: boolean;
  findings: readonly Finding[];
}

interface ChannelPolls {
  /** the round in which the attempt was taken whose poll waits, runs, or was the last to end */
  waiting: number | undefined;
  running: number | undefined;
  polled: number;
  /** the last poll was one after the end of the evidence window, and nothing was found */
  foundNothing: boolean;
}

interface HeldEnd {
  channel: Channel;
  finding: EndFinding;
  round: number;
}

/** The polls of one attempt by its channels, each of which comes to it in its own time. */
export class AttemptPolls {
  /** as it was taken last */
  attempt: OpenAttempt;
  /** It was settled: no further poll begins. */
  isOver = false;
  #takenAt = performance.now();
  #round = 0;
  readonly #channels = new Map<Channel, ChannelPolls>();
  #held: HeldEnd[] = [];

  constructor(attempt: OpenAttempt) {
    this.attempt = attempt;
  }

  /** It was taken (again): a poll that waits is one of what is known now. */
  take(attempt: OpenAttempt, channels: readonly Channel[]): void {
    this.attempt = attempt;
    this.#takenAt = performance.now();
    this.#round += 1;
    for (const channel of channels) this.#of(channel).waiting = this.#round;
    // Its evidence window was extended: what was not found before may come.
    if (!attempt.lastPoll) for (const polls of this.#channels.values()) polls.foundNothing = false;
  }

  /** @returns the attempt as it is now */
  begin(channel: Channel): OpenAttempt {
    const polls = this.#of(channel);
    polls.running = polls.waiting;
    polls.waiting = undefined;
    return { ...this.attempt, ageSeconds: this.ageSeconds };
  }

  /** now */
  get ageSeconds(): number {
    return this.attempt.ageSeconds + (performance.now() - this.#takenAt) / 1_000;
  }

  end(channel: Channel, { attempt, isAnswered, findings }: PolledAttempt): void {
    const polls = this.#of(channel);
    polls.polled = polls.running ?? 0;
    polls.running = undefined;
    const isBlind = findings.every(({ type }) => type === 'not_visible');
    polls.foundNothing = isAnswered && attempt.lastPoll && isBlind;
  }

  /** Keeps an end until `takeEnds` gives it back. To be called while its poll runs. */
  hold(channel: Channel, finding: EndFinding): void {
    this.#held.push({ channel, finding, round: this.#of(channel).running ?? 0 });
  }

  /** The ends that were held and need not wait any more for channels that may know the same end with its result. */
  takeEnds(): Omit<HeldEnd, 'round'>[] {
    const waitsFor = ({ round }: HeldEnd) =>
      [...this.#channels].some(
        ([channel, polls]) => !channel.traits.withoutResult && isOpen(polls) && polls.polled < round,
      );
    const free = this.#held.filter((held) => !waitsFor(held));
    this.#held = this.#held.filter(waitsFor);
    return free;
  }

  /** Every channel was asked after the evidence window had ended, none found anything, and no answer is outstanding. */
  get isLost(): boolean {
    const all = [...this.#channels.values()];
    const isAnswered = all.every(({ running, foundNothing }) => running === undefined && foundNothing);
    return this.attempt.lastPoll && isAnswered && this.#held.length === 0;
  }

  /** No channel polls for it or is going to. */
  get isIdle(): boolean {
    const all = [...this.#channels.values()];
    return all.every((polls) => (this.isOver ? polls.running === undefined : !isOpen(polls)));
  }

  #of(channel: Channel): ChannelPolls {
    const polls = this.#channels.get(channel) ?? {
      waiting: undefined,
      running: undefined,
      polled: 0,
      foundNothing: false,
    };
    this.#channels.set(channel, polls);
    return polls;
  }
}

function isOpen({ waiting, running }: ChannelPolls): boolean {
  return waiting !== undefined || running !== undefined;
}
