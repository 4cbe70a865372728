/**
 * Follows Event invocations to their end through the log that Lambda writes of every run: a `REPORT` line, or a
 * `platform.report` record, with the request id. Also finds attempts whose answer was lost, by their trace root.
 */
import { LRUCache } from 'lru-cache';
import type { FunctionReader } from '../../aws/function-reader.ts';
import type { LogReader } from '../../aws/log-reader.ts';
import type { Warning } from '../../domain/execution.ts';
import type { Channel, Finding } from '../channel.ts';
import { evidenceWindow } from '../evidence-window.ts';
import { pollGroups } from '../poll-groups.ts';
import { findingsOf } from './findings.ts';
import type { Followed } from './followed.ts';
import { LogGroup } from './log-group.ts';

const NAME = 'logs';
/** Log groups whose reports are remembered; a forgotten one is read again from its oldest open attempt. */
const MAX_GROUPS = 500;

interface LogsChannelDeps {
  logs: LogReader;
  functions: FunctionReader;
}

export function createLogsChannel({ logs, functions }: LogsChannelDeps): Channel {
  const groups = new LRUCache<string, LogGroup>({
    max: MAX_GROUPS,
    memoMethod: (name) => new LogGroup(logs, name),
  });
  return {
    name: NAME,
    invocationTypes: ['Event'],
    defaultFor: ['Event'],
    traits: { seesKilledFunction: true, settlesDoubt: true, withoutResult: true, needsEnvelope: false },
    evidenceSeconds: evidenceWindow,
    async poll(attempts) {
      const followed = await Promise.all(
        attempts.map(async (attempt) => ({
          attempt,
          facts: await functions.describe(attempt.function, attempt.qualifier ?? undefined),
        })),
      );
      // A durable execution may run for a year, and its log does not show its end.
      const others = followed.filter((member) => !isDurable(member));
      const byGroup = Map.groupBy(others, ({ facts }) => facts.logGroup);
      const polls = [...byGroup].map(([name, members]) => ({
        attempts: members.map(({ attempt }) => attempt),
        poll: () => pollLogGroup(groups.memo(name), members),
      }));
      return [...followed.filter(isDurable).flatMap(notFollowed), ...(await pollGroups(polls))];
    },
  };
}

async function pollLogGroup(group: LogGroup, members: Followed[]): Promise<Finding[]> {
  const polled = await group.poll(members);
  if ('code' in polled) return members.flatMap((member) => unreadable(member, polled));
  return members.flatMap((member) => [
    ...findingsOf(member, polled.get(member.attempt), NAME),
    ...suppressed(member),
  ]);
}

/** A log group appears with a function's first invocation: before this age its absence means nothing. */
const GROUP_GRACE_SECONDS = 60;

function unreadable(member: Followed, warning: Warning): Finding[] {
  const { attempt } = member;
  const early = warning.code === 'log_group_missing' && attempt.ageSeconds <= GROUP_GRACE_SECONDS;
  return [...suppressed(member), ...(early ? [] : [{ attempt, type: 'not_visible' as const, warning }])];
}

/** A durable execution is many invocations, so the report of one says nothing about its end. */
function isDurable({ attempt, facts }: Followed): boolean {
  return facts.durableSeconds !== undefined || attempt.durableExecutionArn !== null;
}

function notFollowed({ attempt }: Followed): Finding[] {
  if (attempt.completion.join() !== NAME) return [];
  const message =
    `${attempt.function} is a durable function: its log shows single invocations, not the end of an execution. ` +
    "Use completion channel 'durable'.";
  return [{ attempt, type: 'not_visible', warning: { code: 'durable_not_logged', message } }];
}

function suppressed({ attempt, facts }: Followed): Finding[] {
  if (facts.systemLogLevel !== 'WARN') return [];
  const message =
    `${attempt.function} logs system events from level WARN on, so Lambda writes no START and REPORT, and the logs ` +
    'channel cannot see its end. Set its SystemLogLevel to INFO.';
  return [{ attempt, type: 'not_visible', warning: { code: 'reports_suppressed', message } }];
}
