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

interface Look {
  channel: Channel;
  own: OpenAttempt[];
  found: Promise<readonly Finding[]>;
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
    const looks = this.#channels.flatMap((channel) => {
      const own = attempts.filter((attempt) => follows(channel, attempt));
      return own.length === 0 || !channel.look ? [] : [{ channel, own, found: channel.look(own) }];
    });
    const reports = looks.filter(({ channel }) => channel.needsEnvelope);
    await Promise.all(looks.map((look) => this.#takeAll(look, reports, unseen)));
    for (const attempt of unseen) await this.#settle(attempt, GIVEN_UP, lost(attempt));
    return attempts.length;
  }

  /** What the function itself has reported comes before what others make of the same end: it has the result. */
  async #takeAll({ channel, own, found }: Look, reports: Look[], unseen: Set<OpenAttempt>): Promise<void> {
    const contested = channel.needsEnvelope ? new Set() : new Set(reports.flatMap((report) => report.own));
    const isContested = ({ attempt, outcome }: Finding) => outcome !== undefined && contested.has(attempt);
    try {
      const findings = await found;
      for (const finding of findings) if (!isContested(finding)) await this.#take(channel, finding, unseen);
      if (!findings.some(isContested)) return;
      const reported = await endedAmong(reports);
      for (const finding of findings.filter(isContested))
        if (!reported.has(finding.attempt)) await this.#take(channel, finding, unseen);
    } catch (error) {
      // It could not look, which says nothing about the attempts: none of them may be given up for it.
      for (const attempt of own) unseen.delete(attempt);
      this.#log.warn(
        { err: error, channel: channel.name },
        'a look for evidence failed; the next one tries again',
      );
    }
  }

  async #take(
    channel: Channel,
    { attempt, outcome, warning, started, pending }: Finding,
    unseen: Set<OpenAttempt>,
  ): Promise<void> {
    const { id, number, requestId } = attempt;
    if (started) await recordAccepted(this.#db, id, number, { requestId, executedVersion: null, ...started });
    if (started || pending) unseen.delete(attempt);
    if (pending && attempt.cancelRequested) await this.#stop(channel, attempt);
    if (warning) await addWarning(this.#db, attempt.id, warning);
    if (!outcome) return;
    unseen.delete(attempt);
    await this.#settle(attempt, channel.name, outcome);
    await this.#tidy(attempt);
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

/** A look that failed found nothing; whoever takes its findings says so. */
async function endedAmong(looks: Look[]): Promise<Set<OpenAttempt>> {
  const found = await Promise.all(looks.map((look) => look.found.catch(() => [])));
  return new Set(found.flat().flatMap(({ attempt, outcome }) => (outcome ? [attempt] : [])));
}

function lost(attempt: OpenAttempt): Outcome {
  const what =
    attempt.phase === 'in_doubt'
      ? 'The answer of Lambda was lost, and no evidence of how the invocation ended was found'
      : 'Lambda accepted the event, and no evidence of how it ended was found';
  const message = `${what} in ${Math.round(attempt.ageSeconds)} s. The function may have run; it was not started again.`;
  return { state: 'failed', error: { kind: 'lost', message, retryable: true } };
}
