import type { Logger } from 'pino';
import type { Channel, Finding } from '../../completion/channel.ts';
import type { Limits } from '../../config/limits.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Settle } from '../settle/settle.ts';
import { maySettle } from './may-settle.ts';
import { PRESUMED_LOST, presumedLost } from './presumed-lost.ts';

/** Attempts of one round: one page of CloudWatch serves them all, so a round may be large. */
const ROUND = 500;

/** The longest time between two polls: by then a channel that brings the result has polled after the end. */
const RESULT_GRACE_MS = 15_000;

interface ChannelPoll {
  channel: Channel;
  own: OpenAttempt[];
  found: Promise<PromiseSettledResult<Finding[]>>;
}

/** Lets the channels poll for the outcomes of open attempts, and ends attempts whose evidence window is over. */
export class Watcher {
  readonly #ledger: Ledger;
  readonly #channels: readonly Channel[];
  readonly #settle: Settle;
  readonly #limits: Limits;
  readonly #log: Logger;

  constructor(ledger: Ledger, channels: readonly Channel[], settle: Settle, limits: Limits, log: Logger) {
    this.#ledger = ledger;
    this.#channels = channels;
    this.#settle = settle;
    this.#limits = limits;
    this.#log = log;
  }

  /** @returns how many attempts it polled */
  async runOnce(): Promise<number> {
    const attempts = await this.#ledger.takeDuePolls(ROUND, this.#limits.pollSeconds);
    if (attempts.length === 0) return 0;
    const expiring = new Set(attempts.filter((attempt) => attempt.lastPoll));
    const polls = this.#channels.flatMap((channel) => startPoll(channel, attempts));
    const [bare, whole] = [true, false].map((withoutResult) =>
      polls.filter(({ channel }) => channel.traits.withoutResult === withoutResult),
    );
    // Channels without results come last: another one may have found the same end with its result.
    await this.#processPolls(whole ?? [], expiring);
    await this.#processPolls(bare ?? [], expiring);
    for (const attempt of expiring)
      await this.#settle(attempt, PRESUMED_LOST, presumedLost(attempt), { presumedLost: true });
    return attempts.length;
  }

  async #processPolls(polls: ChannelPoll[], expiring: Set<OpenAttempt>): Promise<void> {
    await Promise.all(polls.map((poll) => this.#processPoll(poll, expiring)));
  }

  async #processPoll({ channel, own, found }: ChannelPoll, expiring: Set<OpenAttempt>): Promise<void> {
    try {
      const poll = await found;
      if (poll.status === 'rejected') throw poll.reason;
      for (const finding of poll.value) await this.#process(channel, finding, expiring);
    } catch (error) {
      // A failed poll says nothing about the attempts, so none of them may be given up for it.
      for (const attempt of own) expiring.delete(attempt);
      this.#log.warn({ err: error, channel: channel.name }, 'a poll failed; the next one tries again');
    }
  }

  async #process(channel: Channel, finding: Finding, expiring: Set<OpenAttempt>): Promise<void> {
    const { attempt } = finding;
    if ('warning' in finding && finding.warning) await this.#ledger.addWarning(attempt.id, finding.warning);
    if (finding.paused !== undefined && finding.paused !== attempt.paused)
      await (finding.paused ? this.#ledger.recordPaused(attempt) : this.#ledger.recordResumed(attempt));
    if (finding.type === 'not_visible') return;
    if (finding.type !== 'not_yet' && finding.started) {
      const { id, number, requestId } = attempt;
      await this.#ledger.recordAcceptedMany([
        { id, number, requestId, executedVersion: null, ...finding.started },
      ]);
    }
    if (finding.type === 'ended') return this.#processEnd(channel, finding, expiring);
    expiring.delete(attempt);
    if (attempt.cancelRequested) await this.#stop(channel, attempt);
  }

  async #processEnd(
    channel: Channel,
    finding: Finding & { type: 'ended' },
    expiring: Set<OpenAttempt>,
  ): Promise<void> {
    const { attempt, outcome } = finding;
    if (finding.started) expiring.delete(attempt);
    if (this.#awaitsResult(channel, finding)) return;
    expiring.delete(attempt);
    await this.#settle(attempt, channel.name, outcome);
    await this.#cleanUp(attempt);
  }

  /** The end is known, and another channel of the execution may bring its result in a moment. */
  #awaitsResult(channel: Channel, { attempt, outcome, endedAt }: Finding & { type: 'ended' }): boolean {
    if (!channel.traits.withoutResult || outcome.state !== 'succeeded' || attempt.lastPoll) return false;
    const mayBringIt = this.#channels.some(
      (one) =>
        !one.traits.withoutResult &&
        attempt.completion.includes(one.name) &&
        (one.poll || one.inboxes || one.replyTo),
    );
    // abs: a clock that is behind must not extend the wait.
    return mayBringIt && endedAt !== undefined && Math.abs(Date.now() - endedAt) < RESULT_GRACE_MS;
  }

  /** Tries again: the cancel itself stops nothing that had not started yet, or where its call failed. */
  async #stop(channel: Channel, attempt: OpenAttempt): Promise<void> {
    if (!channel.stop || !attempt.completion.includes(channel.name)) return;
    await channel.stop(attempt).catch((error: unknown) => {
      this.#log.warn({ err: error, execution_id: attempt.id, channel: channel.name }, 'stopping it failed');
    });
  }

  /** Every channel that may settle it: one may have settled it while another holds the function's own outcome. */
  async #cleanUp(attempt: OpenAttempt): Promise<void> {
    for (const channel of this.#channels.filter((one) => maySettle(one, attempt)))
      await channel.settled?.(attempt).catch((error: unknown) => {
        this.#log.warn({ err: error, channel: channel.name }, 'cleaning up after an outcome failed');
      });
  }
}

function startPoll(channel: Channel, attempts: readonly OpenAttempt[]): ChannelPoll[] {
  const own = attempts.filter((attempt) => maySettle(channel, attempt));
  if (own.length === 0 || !channel.poll) return [];
  const found = Promise.allSettled([channel.poll(own)]).then(([poll]) => poll);
  return [{ channel, own, found }];
}
