/**
 * Follows durable functions through the record that Lambda keeps of every durable execution. The bridge chooses the
 * name of the execution before it sends Invoke. If the answer is lost, the bridge finds the execution by this name.
 * Each attempt has a name of its own and an event that never changes, so a name is never sent with two different
 * payloads.
 */
import type { DurableExecution, DurableExecutions, OpenDurableExecution } from '../aws/durable.ts';
import { type FunctionFacts, type FunctionReader, MAX_DURABLE_SECONDS } from '../aws/function-reader.ts';
import { DELETING, type DurableEnd, isEnd, isKnown, isPaused } from '../domain/durable-status.ts';
import type { OpenAttempt, Warning } from '../domain/execution.ts';
import { describeError } from '../domain/function-error.ts';
import { LATEST } from '../domain/function-name.ts';
import type { ExecutionError, Outcome } from '../domain/outcome.ts';
import type { Channel, ConfirmedStart, Finding } from './channel.ts';
import { pollGroups } from './poll-groups.ts';

/** Lambda may record the end some seconds after it happened. */
const MARGIN_SECONDS = 120;
/** Up to this many executions of a function are read one by one, without a list call. */
const FEW = 3;
/**
 * The most executions that one poll of a function reads, in a few seconds at Lambda's rate. The others wait for the
 * next poll.
 */
const MOST_READ = 60;
/** The clocks of Lambda and of the ledger's database differ a little. */
const SKEW_MS = 60_000;
const NAME = 'durable';
const STOP_REASON = { type: 'Cancelled', message: 'Cancelled on request.' };

interface DurableChannelDeps {
  durable: DurableExecutions;
  functions: FunctionReader;
}

export function createDurableChannel(deps: DurableChannelDeps): Channel {
  const { durable } = deps;
  return {
    name: NAME,
    invocationTypes: ['Event', 'RequestResponse'],
    defaultFor: ['Event'],
    preferred: (facts) => facts.durableSeconds !== undefined,
    traits: { seesKilledFunction: true, settlesDoubt: true, withoutResult: false, needsEnvelope: false },
    startName: nameOf,
    evidenceSeconds,
    async poll(attempts) {
      const byFunction = Map.groupBy(
        await durableAmong(deps, attempts),
        (one) => `${one.function}\n${one.qualifier ?? LATEST}`,
      );
      const groups = [...byFunction.values()].map((group) => ({
        attempts: group,
        poll: () => pollFunction(deps, group),
      }));
      return pollGroups(groups);
    },
    async stop(attempt) {
      const arn = await arnOf(durable, attempt);
      if (typeof arn !== 'string') return false;
      return (await durable.stop(arn, STOP_REASON)).type === 'found';
    },
  };
}

/**
 * The attempts that use this channel, and attempts in doubt if their function is durable. No other attempts were
 * started with a name.
 */
async function durableAmong(
  { functions }: DurableChannelDeps,
  attempts: readonly OpenAttempt[],
): Promise<OpenAttempt[]> {
  const own = await Promise.all(
    attempts.map(async (attempt) => {
      if (attempt.completion.includes(NAME)) return [attempt];
      const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
      return facts.durableSeconds === undefined ? [] : [attempt];
    }),
  );
  return own.flat();
}

/**
 * For more than a few attempts, one list call shows which executions are still open. Only the others are read one by
 * one.
 */
async function pollFunction(deps: DurableChannelDeps, attempts: OpenAttempt[]): Promise<Finding[]> {
  const open = attempts.length > FEW ? await listOpen(deps.durable, attempts) : undefined;
  const unlisted = open ? attempts.filter((attempt) => !open.has(nameOf(attempt))) : attempts;
  // The order starts at a random place. Otherwise attempts that are never found could use up every poll.
  const from = Math.floor(Math.random() * unlisted.length);
  const rotated = [...unlisted.slice(from), ...unlisted.slice(0, from)];
  const [now, later] = [rotated.slice(0, MOST_READ), rotated.slice(MOST_READ)];
  const polls = await Promise.allSettled(
    now.map((attempt) => pollAttempt(deps, attempt, open !== undefined)),
  );
  const failed = polls.find((poll) => poll.status === 'rejected');
  if (failed && polls.every((poll) => poll.status === 'rejected')) throw failed.reason;
  const found = polls.flatMap((poll, at) =>
    poll.status === 'fulfilled' ? poll.value : now.slice(at, at + 1).map(notYet),
  );
  const known = attempts.flatMap((attempt) => {
    const listed = open?.get(nameOf(attempt));
    return listed === undefined ? [] : [{ attempt, listed }];
  });
  const alive = await Promise.all(known.map(({ attempt, listed }) => openAs(deps, attempt, listed)));
  return [...found, ...alive, ...later.map(notYet)];
}

/**
 * Undefined if the bridge cannot read the list. Then each execution is read by itself, and a finding says what is
 * wrong.
 */
async function listOpen(
  durable: DurableExecutions,
  attempts: OpenAttempt[],
): Promise<Map<string, OpenDurableExecution> | undefined> {
  const [first] = attempts;
  if (!first) return undefined;
  const oldest = Math.min(...attempts.map((attempt) => attempt.startedAt.getTime()));
  const listed = await durable.open(first.function, first.qualifier ?? LATEST, new Date(oldest - SKEW_MS));
  return listed.type === 'found' ? listed.value : undefined;
}

function notYet(attempt: OpenAttempt): Finding {
  return { attempt, type: 'not_yet' };
}

/** At most 64 characters of a-z, 0-9 and '-'. The name is unique, because an execution id is never used twice. */
function nameOf(attempt: { id: string; number: number }): string {
  return `${attempt.id}-${attempt.number}`;
}

/** The start event may wait for its whole maximum age in Lambda's queue before it runs. */
function evidenceSeconds(facts: FunctionFacts): number {
  return facts.maxEventAgeSeconds + (facts.durableSeconds ?? MAX_DURABLE_SECONDS) + MARGIN_SECONDS;
}

async function pollAttempt(
  deps: DurableChannelDeps,
  attempt: OpenAttempt,
  ended: boolean,
): Promise<Finding[]> {
  const arn = await arnOf(deps.durable, attempt);
  if (arn === undefined)
    return attempt.phase === 'accepted' ? [notVisible(attempt, notDurable(attempt))] : [];
  if (typeof arn !== 'string') return [notVisible(attempt, arn)];
  const seen = await deps.durable.get(arn, ended);
  // If Lambda no longer has a paused execution, its deadline must not be extended any longer.
  if (seen.type === 'missing') return attempt.paused ? [notVisible(attempt, deleted(attempt))] : [];
  if (seen.type === 'unreadable') return [notVisible(attempt, seen.warning)];
  if (seen.value.status === DELETING) return [notVisible(attempt, deleted(attempt))];
  const outcome = outcomeOf(seen.value);
  if (!outcome) return [await openAs(deps, attempt, { arn, status: seen.value.status })];
  return [{ attempt, type: 'ended', outcome, ...(await confirmedStart(deps, attempt, arn)) }];
}

function notVisible(attempt: OpenAttempt, warning: Warning): Finding {
  return { attempt, type: 'not_visible', paused: false, warning };
}

/**
 * An execution that has not ended: it is running or paused, or has a status that AWS has added. It does not end as
 * lost.
 */
async function openAs(
  deps: DurableChannelDeps,
  attempt: OpenAttempt,
  { arn, status }: OpenDurableExecution,
): Promise<Finding> {
  const paused = isPaused(status);
  const warning = paused ? PAUSED : isKnown(status) ? undefined : unknownStatus(status);
  return {
    attempt,
    type: 'running',
    paused,
    ...(warning && { warning }),
    ...(await confirmedStart(deps, attempt, arn)),
  };
}

/**
 * Ends the doubt of an attempt whose answer was lost, if it uses this channel. An attempt that uses only other channels
 * stays in doubt until it ends.
 */
async function confirmedStart(
  { functions }: DurableChannelDeps,
  attempt: OpenAttempt,
  arn: string,
): Promise<{ started?: ConfirmedStart }> {
  if (attempt.durableExecutionArn !== null || !attempt.completion.includes(NAME)) return {};
  const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
  return { started: { durableExecutionArn: arn, evidenceSeconds: evidenceSeconds(facts) } };
}

/** The ARN in the ledger, or otherwise the ARN found by name. A warning if the bridge has no permission. */
async function arnOf(
  durable: DurableExecutions,
  attempt: OpenAttempt,
): Promise<string | Warning | undefined> {
  if (attempt.durableExecutionArn !== null) return attempt.durableExecutionArn;
  const qualifier = attempt.qualifier ?? LATEST;
  const found = await durable.find(attempt.function, qualifier, nameOf(attempt));
  if (found.type === 'unreadable') return found.warning;
  return found.type === 'found' ? found.value : undefined;
}

function outcomeOf({ status, version, result, error }: DurableExecution): Outcome | undefined {
  const evidence = version === undefined ? {} : { executedVersion: version };
  if (!isEnd(status)) return undefined;
  if (status === 'SUCCEEDED')
    return { state: 'succeeded', ...(result === undefined ? {} : { result }), ...evidence };
  const described = describeError(error?.type, error?.message ?? '', error?.stackTrace);
  return { state: 'failed', error: { ...described, ...ENDS[status](error?.message) }, ...evidence };
}

/** What the status adds to the error: its kind, and a message if Lambda sends none. */
const ENDS: Record<Exclude<DurableEnd, 'SUCCEEDED'>, (message?: string) => Partial<ExecutionError>> = {
  FAILED: () => ({}),
  TIMED_OUT: (message) => ({
    kind: 'timed_out',
    message: message || 'The durable execution did not end within its ExecutionTimeout.',
  }),
  STOPPED: (message) => ({
    kind: 'cancelled',
    message: message || 'The durable execution was stopped at Lambda.',
  }),
};

function notDurable(attempt: OpenAttempt): Warning {
  const message =
    `Lambda knows no durable execution of ${attempt.function} for this attempt: the function was created without a ` +
    'DurableConfig, or its record has expired. Use another completion channel.';
  return { code: 'not_durable', message };
}

const PAUSED: Warning = {
  code: 'durable_paused',
  message:
    'Somebody paused the durable execution at Lambda. The bridge waits until it is resumed; its deadline moves by the ' +
    'length of the pause.',
};

function unknownStatus(status: string): Warning {
  const message =
    `Lambda says that the durable execution is ${status}, which this version of the bridge does not know. The bridge ` +
    'goes on polling.';
  return { code: 'durable_status_unknown', message };
}

/** Lambda deletes only executions that have ended, so another channel may still find the outcome. */
function deleted({ function: fn }: OpenAttempt): Warning {
  const message =
    `The durable execution of ${fn} has ended and was deleted at Lambda before the bridge read its outcome. Lambda ` +
    'cannot return the outcome any more.';
  return { code: 'durable_deleted', message };
}
