/**
 * Follows Event invocations to their end through the log that Lambda writes of every run: a `REPORT` line, or a
 * `platform.report` record, with the request id. Also finds attempts whose answer was lost, by their trace root.
 */
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { ErrorMetricReader } from '../../aws/error-metric.ts';
import type { FunctionFacts, FunctionReader } from '../../aws/function-reader.ts';
import type { LiveTail } from '../../aws/live-tail.ts';
import type { LogReader } from '../../aws/log-reader.ts';
import type { TraceReader } from '../../aws/trace-reader.ts';
import type { Warning } from '../../domain/execution.ts';
import { type FunctionPolicy, policyFor, type UnprovenPolicy } from '../../domain/policy.ts';
import type { InvocationVerdict } from '../../domain/run-log/invocation-verdict.ts';
import { silenceProvesSuccess } from '../../domain/run-log/runtime-errors.ts';
import type { Verdict } from '../../domain/run-log/verdict.ts';
import type { Channel, Finding } from '../channel.ts';
import { evidenceWindow } from '../evidence-window.ts';
import { pollGroups } from '../poll-groups.ts';
import type { KnownAttempts } from './doubts.ts';
import { findingsOf, verdictOn } from './findings.ts';
import type { Followed } from './followed.ts';
import type { SettledRun } from './judged-run.ts';
import { LogGroup, type PolledRuns } from './log-group.ts';
import { PollTimes } from './poll-times.ts';
import { SecondProofs, type UnprovenRun } from './second-proofs.ts';
import { TailedEnds } from './tailed-ends.ts';
import { whySilenceProvesNothing } from './why-unproven.ts';

const NAME = 'logs';
/** Log groups whose reports are remembered; a forgotten one is read again from its oldest open attempt. */
const MAX_GROUPS = 500;

interface LogsChannelDeps {
  logs: LogReader;
  functions: FunctionReader;
  traces: TraceReader;
  metrics: ErrorMetricReader;
  known: KnownAttempts;
  policies: readonly FunctionPolicy[];
  /** see DoubtDeps */
  lateLinesMs: number;
  /** tells of ends sooner; absent: only polls find them */
  liveTail?: LiveTail | undefined;
  log: Logger;
}

export function createLogsChannel(deps: LogsChannelDeps): Channel {
  const { logs, functions, traces, known, policies, lateLinesMs } = deps;
  const proofs = new SecondProofs(traces, deps.metrics);
  const isExclusive = (fn: string) => policyFor(policies, fn)?.exclusive ?? false;
  const unprovenIs = (fn: string) => policyFor(policies, fn)?.unproven ?? 'succeed';
  const times = new PollTimes();
  const hints = deps.liveTail && new TailedEnds(deps.liveTail, times, deps.log);
  const groups = new LRUCache<string, LogGroup>({
    max: MAX_GROUPS,
    memoMethod: (name) => new LogGroup({ logs, traces, known, isExclusive, lateLinesMs, times }, name),
  });
  return {
    name: NAME,
    invocationTypes: ['Event'],
    defaultFor: ['Event'],
    traits: { seesKilledFunction: true, settlesDoubt: true, withoutResult: true, needsEnvelope: false },
    evidenceSeconds: evidenceWindow,
    cautions: notProvable,
    async groupOf(attempt) {
      return (await functions.describe(attempt.function, attempt.qualifier ?? undefined)).logGroup;
    },
    nextPoll: (attempt, polledAt, gap) => times.nextPoll(attempt, polledAt, gap),
    ...(hints && { hints: (tell, signal) => hints.run(tell, signal) }),
    async poll(attempts, signal) {
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
        poll: () => pollLogGroup(groups.memo(name), members, { proofs, unprovenIs, times, hints, signal }),
      }));
      return [...followed.filter(isDurable).flatMap(notFollowed), ...(await pollGroups(polls))];
    },
  };
}

interface PollDeps {
  proofs: SecondProofs;
  unprovenIs: (fn: string) => UnprovenPolicy;
  times: PollTimes;
  hints: TailedEnds | undefined;
  signal: AbortSignal | undefined;
}

async function pollLogGroup(
  group: LogGroup,
  members: Followed[],
  { proofs, unprovenIs, times, hints, signal }: PollDeps,
): Promise<Finding[]> {
  const polled = await group.poll(members, signal);
  if ('code' in polled) return members.flatMap((member) => unreadable(member, polled));
  hints?.polled(members);
  const judged = members.map((member) => {
    const found = polled.get(member.attempt) ?? { runs: [], unread: false, starts: [] };
    return { member, found, verdict: verdictOn(member, found) };
  });
  const second = await proofs.find(judged.flatMap(unprovenRun));
  return judged.flatMap(({ member, found, verdict }) => {
    const proof = second.get(member.attempt);
    const own = proof?.type === 'proven' ? withProof(group, found, verdict, proof.verdict) : found;
    const last = own === found ? verdict : verdictOn(member, own);
    const policy = unprovenIs(member.attempt.function);
    times.note(member.attempt, awaitedOf(own, last));
    return [...findingsOf(member, own, last, proof, policy), ...suppressed(member)];
  });
}

/** What may still come of the runs that are known. */
function awaitedOf({ runs, unread }: PolledRuns, verdict: InvocationVerdict<SettledRun>) {
  const { wholeFrom } = verdict.type === 'unproven' ? verdict.run : {};
  if (wholeFrom !== undefined && wholeFrom > Date.now()) return { wholeFrom };
  return runs.length > 0 || unread ? 'more' : undefined;
}

function unprovenRun({ member, found, verdict }: Judged): UnprovenRun[] {
  if (verdict.type !== 'unproven' || verdict.because.because === 'incomplete') return [];
  return [{ ...member, run: verdict.run, starts: found.starts }];
}

function withProof(
  group: LogGroup,
  found: PolledRuns,
  verdict: InvocationVerdict<SettledRun>,
  by: Verdict,
): PolledRuns {
  if (verdict.type !== 'unproven') return found;
  const proven = group.prove(verdict.run, by);
  return { ...found, runs: found.runs.map((run) => (run === verdict.run ? proven : run)) };
}

interface Judged {
  member: Followed;
  found: PolledRuns;
  verdict: InvocationVerdict<SettledRun>;
}

/** A log group appears with a function's first invocation: before this age its absence means nothing. */
const GROUP_GRACE_SECONDS = 60;

function unreadable(member: Followed, warning: Warning): Finding[] {
  const { attempt } = member;
  const early = warning.code === 'log_group_missing' && attempt.ageSeconds <= GROUP_GRACE_SECONDS;
  return [...suppressed(member), ...(early ? [] : [{ attempt, type: 'not_visible' as const, warning }])];
}

/** Told at submit: the end of such a function can be seen, and perhaps not judged. */
function notProvable(fn: string, facts: FunctionFacts): Warning[] {
  const provable =
    facts.durableSeconds !== undefined ||
    facts.tracing === 'Active' ||
    facts.managedInstances === true ||
    silenceProvesSuccess(facts.logFormat ?? 'Text', facts);
  if (provable || facts.configured === false) return [];
  const message =
    `The log of ${fn} may not show that it failed: ${whySilenceProvesNothing(facts)}. Give it active ` +
    'X-Ray tracing or destinations (completion channel sqs), or set unproven in its function policy.';
  return [{ code: 'end_not_provable', message }];
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
