import type { Logger } from 'pino';
import type { Channel, Finding } from '../completion/channel.ts';
import type { OpenAttempt } from '../domain/execution.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Database } from '../ledger/database.ts';
import { recordAccepted } from '../ledger/dispatch.ts';
import { addWarning } from '../ledger/executions.ts';
import { GIVEN_UP } from '../ledger/settle.ts';
import { takeDueLooks } from '../ledger/watch.ts';
import { follows } from './follows.ts';
import type { Limits } from './limits.ts';
import type { Settle } from './settle.ts';

/** Attempts of one round: one page of CloudWatch serves them all, so a round may be large. */
const ROUND = 500;

/** The longest time between two looks: by then a channel that brings the result has looked after the end. */
const RESULT_GRACE_MS = 15_000;

interface Look {
  channel: Channel;
  own: OpenAttempt[];
  found: Promise<PromiseSettledResult<Finding[]>>;
}

/** Lets the channels look for the outcomes of open attempts, and ends those whose time for evidence is over. */
export class Watcher {
  readonly #db: Database;
  readonly #channels: readonly Channel[];
  readonly #settle: Settle;
  readonly #limits: Limits;
  readonly #log: Logger;

  constructor(db: Database, channels: readonly Channel[], settle: Settle, limits: Limits, log: Logger) {
    this.#db = db;
    this.#channels = channels;
    this.#settle = settle;
    this.#limits = limits;
    this.#log = log;
  }

  /** @returns how many attempts it looked for */
  async runOnce(): Promise<number> {
    const attempts = await takeDueLooks(this.#db, ROUND, this.#limits.lookSeconds);
    if (attempts.length === 0) return 0;
    const unseen = new Set(attempts.filter((attempt) => attempt.lastLook));
    const looks = this.#channels.flatMap((channel) => begin(channel, attempts));
    await this.#takeFrom(
      looks.filter(({ channel }) => !channel.withoutResult),
      unseen,
    );
    // After those that may have found the same end with its result.
    await this.#takeFrom(
      looks.filter(({ channel }) => channel.withoutResult),
      unseen,
    );
    for (const attempt of unseen) await this.#settle(attempt, GIVEN_UP, lost(attempt));
    return attempts.length;
  }

  async #takeFrom(looks: Look[], unseen: Set<OpenAttempt>): Promise<void> {
    await Promise.all(looks.map((look) => this.#takeAll(look, unseen)));
  }

  async #takeAll({ channel, own, found }: Look, unseen: Set<OpenAttempt>): Promise<void> {
    try {
      const look = await found;
      if (look.status === 'rejected') throw look.reason;
      for (const finding of look.value) await this.#take(channel, finding, unseen);
    } catch (error) {
      // It could not look, which says nothing about the attempts: none of them may be given up for it.
      for (const attempt of own) unseen.delete(attempt);
      this.#log.warn(
        { err: error, channel: channel.name },
        'a look for evidence failed; the next one tries again',
      );
    }
  }

  async #take(channel: Channel, finding: Finding, unseen: Set<OpenAttempt>): Promise<void> {
    const { attempt, outcome, warning, started, pending } = finding;
    const { id, number, requestId } = attempt;
    if (started) await recordAccepted(this.#db, id, number, { requestId, executedVersion: null, ...started });
    if (started || pending) unseen.delete(attempt);
    if (pending && attempt.cancelRequested) await this.#stop(channel, attempt);
    if (warning) await addWarning(this.#db, attempt.id, warning);
    if (!outcome || this.#awaitsResult(channel, finding)) return;
    unseen.delete(attempt);
    await this.#settle(attempt, channel.name, outcome);
    await this.#tidy(attempt);
  }

  /** The end is known, and another channel of the list may bring its result in a moment. */
  #awaitsResult(channel: Channel, { attempt, outcome, endedAt }: Finding): boolean {
    if (!channel.withoutResult || outcome?.state !== 'succeeded' || attempt.lastLook) return false;
    const mayBringIt = this.#channels.some(
      (one) =>
        !one.withoutResult &&
        attempt.completion.includes(one.name) &&
        (one.look || one.inboxes || one.replyTo),
    );
    // A clock that is behind must not wait for as long as it is.
    return mayBringIt && endedAt !== undefined && Math.abs(Date.now() - endedAt) < RESULT_GRACE_MS;
  }

  /** The cancel itself stops nothing that had not begun yet, or where the call failed. */
  async #stop(channel: Channel, attempt: OpenAttempt): Promise<void> {
    if (!channel.stop || !attempt.completion.includes(channel.name)) return;
    await channel.stop(attempt).catch((error: unknown) => {
      this.#log.warn({ err: error, execution_id: attempt.id, channel: channel.name }, 'stopping it failed');
    });
  }

  /** What another channel found may be settled too, and leave a report of the function behind. */
  async #tidy(attempt: OpenAttempt): Promise<void> {
    for (const channel of this.#channels.filter((one) => follows(one, attempt)))
      await channel.settled?.(attempt).catch((error: unknown) => {
        this.#log.warn({ err: error, channel: channel.name }, 'tidying after an outcome failed');
      });
  }
}

function begin(channel: Channel, attempts: readonly OpenAttempt[]): Look[] {
  const own = attempts.filter((attempt) => follows(channel, attempt));
  if (own.length === 0 || !channel.look) return [];
  const found = Promise.allSettled([channel.look(own)]).then(([look]) => look);
  return [{ channel, own, found }];
}

function lost(attempt: OpenAttempt): Outcome {
  const what =
    attempt.phase === 'in_doubt'
      ? 'The answer of Lambda was lost, and no evidence of how the invocation ended was found'
      : 'Lambda accepted the event, and no evidence of how it ended was found';
  const message = `${what} in ${Math.round(attempt.ageSeconds)} s. The function may have run; it was not started again.`;
  return { state: 'failed', error: { kind: 'lost', message, retryable: true } };
}
