/** Keeps Live Tail sessions open for the log groups that are polled: few sessions, since each costs money by the minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { GROUPS_A_SESSION, type LiveTail, type TailEnd, type TailedLine } from '../../aws/live-tail.ts';
import { REPORTS } from './report-scan.ts';

/** Sessions of one replica. An account has 15: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const MOST_SESSIONS = 5;
/** Groups that are needed within this time share one new session, and it is ended and begun anew at most so often. */
const ROUND_MS = 2_000;
/** A group is kept so long after its last poll: functions that run often are tailed all the time. */
const KEPT_MS = 5 * 60_000;
/** Groups whose session failed are only polled for a while. */
const PAUSE_MS = { passing: 60_000, permanent: 10 * 60_000 };

interface TailedGroup {
  /** monotonic milliseconds */
  wantedAt: number;
  pausedUntil: number;
}

interface Session {
  groups: readonly string[];
  stop: () => void;
}

export class TailedGroups {
  readonly #tail: LiveTail;
  readonly #onLines: (lines: TailedLine[]) => void;
  readonly #log: Logger;
  /** by ARN */
  readonly #groups = new Map<string, TailedGroup>();
  readonly #sessions = new Map<Session, Promise<void>>();
  readonly #roundMs: number;
  #told: string | undefined;

  constructor(tail: LiveTail, onLines: (lines: TailedLine[]) => void, log: Logger, roundMs = ROUND_MS) {
    this.#tail = tail;
    this.#onLines = onLines;
    this.#log = log;
    this.#roundMs = roundMs;
  }

  /** The group is polled for open attempts. @param group its ARN */
  want(group: string): void {
    const pausedUntil = this.#groups.get(group)?.pausedUntil ?? 0;
    this.#groups.set(group, { wantedAt: performance.now(), pausedUntil });
  }

  /** Opens and ends sessions until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#update(signal);
      await sleep(this.#roundMs, undefined, { signal }).catch(() => undefined);
    }
    for (const { stop } of this.#sessions.keys()) stop();
    await Promise.all(this.#sessions.values());
  }

  #update(signal: AbortSignal): void {
    const now = performance.now();
    for (const [group, { wantedAt }] of this.#groups)
      if (now - wantedAt > KEPT_MS) this.#groups.delete(group);
    for (const session of this.#sessions.keys())
      if (!session.groups.some((group) => this.#groups.has(group))) this.#end(session);
    const tailed = new Set([...this.#sessions.keys()].flatMap(({ groups }) => groups));
    const missing = [...this.#groups].filter(
      ([group, { pausedUntil }]) => !tailed.has(group) && pausedUntil <= now,
    );
    this.#cover(
      missing.map(([group]) => group),
      signal,
    );
  }

  /** A session cannot take a further group, so one that has room ends, and a new one takes its groups as well. */
  #cover(missing: string[], signal: AbortSignal): void {
    while (missing.length > 0) {
      const partial = [...this.#sessions.keys()].find(({ groups }) => groups.length < GROUPS_A_SESSION);
      if (partial) {
        this.#end(partial);
        missing.unshift(...partial.groups.filter((group) => this.#groups.has(group)));
      } else if (this.#sessions.size >= MOST_SESSIONS) return;
      this.#open(missing.splice(0, GROUPS_A_SESSION), signal);
    }
  }

  #open(groups: readonly string[], signal: AbortSignal): void {
    const stopping = new AbortController();
    const session = { groups, stop: () => stopping.abort() };
    const both = AbortSignal.any([signal, stopping.signal]);
    const tailing = this.#tail.tail({ logGroups: groups, pattern: REPORTS }, this.#onLines, both);
    this.#sessions.set(
      session,
      tailing.then((end) => this.#ended(session, end)),
    );
  }

  #end(session: Session): void {
    session.stop();
    this.#sessions.delete(session);
  }

  #ended(session: Session, end: TailEnd): void {
    this.#sessions.delete(session);
    if (end.type === 'over') {
      this.#told = undefined;
      return;
    }
    const pausedUntil = performance.now() + (end.isPassing ? PAUSE_MS.passing : PAUSE_MS.permanent);
    for (const group of session.groups) {
      const wanted = this.#groups.get(group);
      if (wanted) this.#groups.set(group, { ...wanted, pausedUntil });
    }
    if (this.#told === end.reason) return;
    this.#told = end.reason;
    this.#log.warn(
      { reason: end.reason, log_groups: session.groups },
      'Live Tail is not available for these log groups for a while; they are only polled',
    );
  }
}
