/** Live Tail shows reports seconds before they are looked for. Only as hints: a poll finds out what is there. */
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { FunctionFacts } from '../../aws/function-reader.ts';
import { type LiveTail, logGroupName, type TailedLine } from '../../aws/live-tail.ts';
import { parseReport } from '../../domain/run-log/report.ts';
import type { HintedAttempt } from '../channel.ts';
import type { Followed } from './followed.ts';
import type { PollTimes } from './poll-times.ts';
import { TailedGroups } from './tailed-groups.ts';

/** Attempts that were polled lately; open ones are, within this time. */
const REMEMBERED = 10_000;
const REMEMBERED_MS = 120_000;

export class TailedEnds {
  readonly #times: PollTimes;
  readonly #tailed: TailedGroups;
  readonly #byRequestId = new LRUCache<string, HintedAttempt>({ max: REMEMBERED, ttl: REMEMBERED_MS });
  /** those whose answer was lost, with the name of their log group */
  readonly #doubted = new LRUCache<string, HintedAttempt & { logGroup: string }>({
    max: REMEMBERED,
    ttl: REMEMBERED_MS,
  });
  #tell: (attempts: readonly HintedAttempt[]) => void = () => undefined;

  constructor(tail: LiveTail, times: PollTimes, log: Logger) {
    this.#times = times;
    this.#tailed = new TailedGroups(tail, (lines) => this.#hint(lines), log);
  }

  /** Tails until the signal aborts. */
  run(tell: (attempts: readonly HintedAttempt[]) => void, signal: AbortSignal): Promise<void> {
    this.#tell = tell;
    return this.#tailed.run(signal);
  }

  /** These attempts of one log group were polled, and the group can be read. */
  polled(members: readonly Followed[]): void {
    for (const { attempt, facts } of members) {
      const { id, number, requestId } = attempt;
      const logGroup = logGroupName(facts.logGroup);
      if (requestId !== null) this.#byRequestId.set(requestId, { id, number });
      else this.#doubted.set(`${id} ${number}`, { id, number, logGroup });
      const arn = logGroupArn(facts);
      if (arn !== undefined) this.#tailed.want(arn);
    }
  }

  /** The attempts that a report may concern: the one that it names, or each of its group whose answer was lost. */
  #hint(lines: readonly TailedLine[]): void {
    const hinted = lines.flatMap(({ logGroup, message }) => {
      const report = parseReport(message);
      if (!report) return [];
      const named = this.#byRequestId.get(report.requestId);
      return named ? [named] : [...this.#doubted.values()].filter((one) => one.logGroup === logGroup);
    });
    for (const attempt of hinted) this.#times.hint(attempt);
    this.#tell(hinted);
  }
}

/** In the account and region of the function, unless it names those of another. */
function logGroupArn({ logGroup, functionArn }: FunctionFacts): string | undefined {
  if (logGroup.startsWith('arn:')) return logGroup.replace(/:\*$/, '');
  const [, partition, , region, account] = functionArn?.split(':') ?? [];
  return account === undefined
    ? undefined
    : `arn:${partition}:logs:${region}:${account}:log-group:${logGroup}`;
}
