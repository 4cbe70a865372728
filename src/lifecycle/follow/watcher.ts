import type { Logger } from 'pino';
import type { Channel, HintedAttempt } from '../../completion/channel.ts';
import type { Limits } from '../../config/limits.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Loop } from '../loop.ts';
import type { Settle } from '../settle/settle.ts';
import { AttemptPolls } from './attempt-polls.ts';
import { ChannelPoller, type EndedPoll } from './channel-poller.ts';
import { maySettle } from './may-settle.ts';
import { ageByAge, nextPollAge, PollSchedule } from './poll-schedule.ts';
import { FindingProcessor } from './process-finding.ts';

/** A round asks the ledger which attempts are due: one short query when there are none. */
const ROUND_MS = 500;
/** Attempts that one round takes. */
const ROUND = 500;
/** Attempts that wait or are polled in one replica, at about 1 KB each. Others stay in the ledger until there is room. */
const MOST_OPEN = 10_000;
/** Attempts that are due sooner are taken when they are due, not only by the next round; those of such an instant together. */
const PROMPT_MS = 3_000;
const INSTANT_MS = 100;
/** The clocks of this process and of the ledger do not run evenly: earlier the attempt might not be due. */
const LATER_MS = 10;

/** Takes the attempts that are due, and lets each channel poll for their outcomes in its own time. */
export class Watcher {
  readonly #ledger: Ledger;
  readonly #pollers: ReadonlyMap<Channel, ChannelPoller>;
  readonly #findings: FindingProcessor;
  readonly #schedule: PollSchedule;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #loop: Loop;
  readonly #stopping = new AbortController();
  readonly #open = new Map<string, AttemptPolls>();
  readonly #hints: Promise<void>[] = [];
  /** by the instant, in monotonic milliseconds */
  readonly #timers = new Map<number, NodeJS.Timeout>();

  constructor(ledger: Ledger, channels: readonly Channel[], settle: Settle, limits: Limits, log: Logger) {
    this.#ledger = ledger;
    this.#findings = new FindingProcessor(ledger, channels, settle, log);
    this.#schedule = new PollSchedule(ledger);
    this.#limits = limits;
    this.#log = log;
    this.#loop = new Loop('watcher', () => this.runOnce(), ROUND_MS, log);
    const process = (poll: EndedPoll) => this.#process(poll);
    this.#pollers = new Map(
      channels
        .filter(({ poll }) => poll)
        .map((channel) => [channel, new ChannelPoller(channel, process, this.#stopping.signal)]),
    );
  }

  start(): void {
    this.#loop.start();
    const pollNow = (attempts: readonly HintedAttempt[]) => {
      for (const attempt of attempts) this.#schedule.set(attempt, 0);
      if (attempts.length > 0) this.#loop.nudge();
    };
    for (const { hints } of this.#pollers.keys())
      if (hints) this.#hints.push(hints(pollNow, this.#stopping.signal));
  }

  /** Ends the polls that run. What they have found is still written. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#stopping.abort();
    await Promise.all(this.#hints);
    await this.idle().catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the next polls could not be scheduled; others begin later');
    });
  }

  /** @returns how many attempts it took; their polls go on */
  async runOnce(): Promise<number> {
    await this.#writeSchedule();
    const room = MOST_OPEN - this.#open.size;
    const attempts = room > 0 ? await this.#ledger.takeDuePolls(Math.min(ROUND, room)) : [];
    await Promise.all(attempts.map((attempt) => this.#handOver(attempt)));
    await this.#writeSchedule();
    return attempts.length;
  }

  /** Resolves when no poll runs or waits, and the ledger has the times of the next ones. */
  async idle(): Promise<void> {
    await Promise.all([...this.#pollers.values()].map((poller) => poller.idle()));
    await this.#writeSchedule();
  }

  async #handOver(attempt: OpenAttempt): Promise<void> {
    const polls = this.#open.get(keyOf(attempt)) ?? new AttemptPolls(attempt);
    this.#open.set(keyOf(attempt), polls);
    const channels = [...this.#pollers.keys()].filter((channel) => maySettle(channel, attempt));
    const now = channels.filter((channel) => !this.#isTooEarly(channel, attempt));
    polls.take(attempt, now);
    for (const channel of now) this.#pollers.get(channel)?.add(polls);
    if (channels.length === 0) await this.#findings.conclude(polls);
    this.#forgetIdle(polls);
  }

  /** So early that no run of the function ever ended, as far as the channel has seen. */
  #isTooEarly(channel: Channel, attempt: OpenAttempt): boolean {
    const first = nextPollAge(channel, attempt, 0, this.#limits.pollSeconds);
    const isTooEarly = attempt.ageSeconds < first && !attempt.lastPoll && attempt.phase === 'accepted';
    if (isTooEarly) this.#schedule.set(attempt, first - attempt.ageSeconds);
    return isTooEarly;
  }

  async #process({ channel, polled, found }: EndedPoll): Promise<void> {
    const isAnswered = found.status === 'fulfilled';
    if (!isAnswered && !this.#stopping.signal.aborted)
      this.#log.warn({ err: found.reason, channel: channel.name }, 'a poll failed; the next one tries again');
    const byAttempt = Map.groupBy(isAnswered ? found.value : [], ({ attempt }) => keyOf(attempt));
    for (const { polls, attempt } of polled) {
      const findings = byAttempt.get(keyOf(attempt)) ?? [];
      await this.#findings.process(channel, polls, { attempt, isAnswered, findings });
      if (!polls.isOver) this.#scheduleNext(channel, polls, attempt, isAnswered);
      this.#forgetIdle(polls);
    }
  }

  #scheduleNext(channel: Channel, polls: AttemptPolls, polled: OpenAttempt, isAnswered: boolean): void {
    const { pollSeconds } = this.#limits;
    const next = isAnswered
      ? nextPollAge(channel, polled, polled.ageSeconds, pollSeconds)
      : ageByAge(polled.ageSeconds, pollSeconds);
    this.#schedule.set(polled, next - polls.ageSeconds);
  }

  #forgetIdle(polls: AttemptPolls): void {
    if (polls.isIdle) this.#open.delete(keyOf(polls.attempt));
  }

  async #writeSchedule(): Promise<void> {
    const now = performance.now();
    for (const inMs of await this.#schedule.write()) if (inMs < PROMPT_MS) this.#takeAt(now + inMs);
  }

  #takeAt(due: number): void {
    const instant = Math.ceil(due / INSTANT_MS) * INSTANT_MS;
    if (this.#timers.has(instant) || this.#stopping.signal.aborted) return;
    const take = () => {
      this.#timers.delete(instant);
      this.#loop.nudge();
    };
    const inMs = Math.max(0, instant - performance.now()) + LATER_MS;
    this.#timers.set(instant, setTimeout(take, inMs));
  }
}

function keyOf({ id, number }: { id: string; number: number }): string {
  return `${id} ${number}`;
}
