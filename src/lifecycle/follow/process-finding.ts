import type { Logger } from 'pino';
import type { Channel, Finding } from '../../completion/channel.ts';
import type { OpenAttempt } from '../../domain/execution.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Settle } from '../settle/settle.ts';
import type { AttemptPolls, EndFinding, PolledAttempt } from './attempt-polls.ts';
import { maySettle } from './may-settle.ts';
import { PRESUMED_LOST, presumedLost } from './presumed-lost.ts';

/** The longest time between two polls: by then a channel that brings the result has polled after the end. */
const RESULT_GRACE_MS = 15_000;

/** Writes what polls have found. */
export class FindingProcessor {
  readonly #ledger: Ledger;
  readonly #channels: readonly Channel[];
  readonly #settle: Settle;
  readonly #log: Logger;

  constructor(ledger: Ledger, channels: readonly Channel[], settle: Settle, log: Logger) {
    this.#ledger = ledger;
    this.#channels = channels;
    this.#settle = settle;
    this.#log = log;
  }

  /** Never throws: what could not be written is found again by the next poll. */
  async process(channel: Channel, polls: AttemptPolls, polled: PolledAttempt): Promise<void> {
    const isWritten = await this.#isDone(channel, async () => {
      for (const finding of polled.findings) await this.#write(channel, polls, finding);
    });
    polls.end(channel, { ...polled, isAnswered: polled.isAnswered && isWritten });
    await this.#isDone(channel, () => this.conclude(polls));
  }

  /** Ends the attempt by what was held back until its other channels had polled, or as lost. */
  async conclude(polls: AttemptPolls): Promise<void> {
    for (const { channel, finding } of polls.takeEnds())
      if (!this.#awaitsResult(channel, finding)) await this.#end(channel, polls, finding);
    if (polls.isOver || !polls.isLost) return;
    const { attempt } = polls;
    await this.#settle(attempt, PRESUMED_LOST, presumedLost(attempt), { presumedLost: true });
    polls.isOver = true;
  }

  async #isDone(channel: Channel, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#log.warn({ err: error, channel: channel.name }, 'what a poll found could not be written');
      return false;
    }
  }

  async #write(channel: Channel, polls: AttemptPolls, finding: Finding): Promise<void> {
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
    // Channels without results come last: another one may have found the same end with its result.
    if (finding.type === 'ended' && channel.traits.withoutResult) polls.hold(channel, finding);
    else if (finding.type === 'ended') await this.#end(channel, polls, finding);
    else if (attempt.cancelRequested) await this.#stop(channel, attempt);
  }

  async #end(channel: Channel, polls: AttemptPolls, { attempt, outcome }: EndFinding): Promise<void> {
    await this.#settle(attempt, channel.name, outcome);
    polls.isOver = true;
    await this.#cleanUp(attempt);
  }

  /** The end is known, and another channel of the execution may bring its result in a moment. */
  #awaitsResult(channel: Channel, { attempt, outcome, endedAt }: EndFinding): boolean {
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
