/**
 * Follows durable functions through Lambda's own record of every durable execution. The bridge names the execution
 * before it starts, so a lost answer is settled by that name. A name belongs to one attempt, whose event never changes:
 * a known name with another payload cannot happen.
 */
import type { DurableExecution, DurableExecutions } from '../aws/durable.ts';
import { type FunctionFacts, type FunctionReader, MAX_DURABLE_SECONDS } from '../aws/function-reader.ts';
import type { OpenAttempt, Warning } from '../domain/execution.ts';
import { describeError } from '../domain/function-error.ts';
import { LATEST } from '../domain/function-name.ts';
import type { ExecutionError, Outcome } from '../domain/outcome.ts';
import type { Channel, Finding } from './channel.ts';
import { lookAtPlaces } from './places.ts';

/** The record of an end may be some seconds behind it. */
const MARGIN_SECONDS = 120;
/** So many are asked for one by one, without a list. */
const FEW = 3;
/** Asked for in one look of a function, some seconds at Lambda's rate; the others of a burst wait for the next. */
const MOST_ASKED = 60;
/** Clocks of Lambda and our database differ a little. */
const SKEW_MS = 60_000;
const NAME = 'durable';
const STOP_REASON = { type: 'Cancelled', message: 'Cancelled on request.' };

interface Sources {
  durable: DurableExecutions;
  functions: FunctionReader;
}

export function createDurableChannel(sources: Sources): Channel {
  const { durable } = sources;
  return {
    name: NAME,
    invocationTypes: ['Event', 'RequestResponse'],
    defaultFor: ['Event'],
    preferred: (facts) => facts.durableSeconds !== undefined,
    seesKilledFunction: true,
    settlesDoubt: true,
    startName: nameOf,
    evidenceSeconds,
    async look(attempts) {
      const groups = Map.groupBy(
        await itsOwn(sources, attempts),
        (one) => `${one.function}\n${one.qualifier ?? LATEST}`,
      );
      const places = [...groups.values()].map((group) => ({
        attempts: group,
        look: () => lookInGroup(sources, group),
      }));
      return lookAtPlaces(places);
    },
    async stop(attempt) {
      const arn = await arnOf(durable, attempt);
      if (typeof arn !== 'string') return false;
      return (await durable.stop(arn, STOP_REASON)).type === 'found';
    },
  };
}

/** Those that name it, and those in doubt that Lambda runs as durable executions: no other was started with a name. */
async function itsOwn({ functions }: Sources, attempts: readonly OpenAttempt[]): Promise<OpenAttempt[]> {
  const own = await Promise.all(
    attempts.map(async (attempt) => {
      if (attempt.completion.includes(NAME)) return [attempt];
      const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
      return facts.durableSeconds === undefined ? [] : [attempt];
    }),
  );
  return own.flat();
}

/** One call tells which of many still run; only the others are asked for one by one. */
async function lookInGroup(sources: Sources, attempts: OpenAttempt[]): Promise<Finding[]> {
  const running = attempts.length > FEW ? await listRunning(sources.durable, attempts) : undefined;
  const asked = running ? attempts.filter((attempt) => !running.has(nameOf(attempt))) : attempts;
  // From anywhere: those that stay unknown must not keep the others from being asked for.
  const from = Math.floor(Math.random() * asked.length);
  const turned = [...asked.slice(from), ...asked.slice(0, from)];
  const [now, later] = [turned.slice(0, MOST_ASKED), turned.slice(MOST_ASKED)];
  const looks = await Promise.allSettled(
    now.map((attempt) => lookAt(sources, attempt, running !== undefined)),
  );
  const failed = looks.find((look) => look.status === 'rejected');
  if (failed && looks.every((look) => look.status === 'rejected')) throw failed.reason;
  const found = looks.flatMap((look, at) =>
    look.status === 'fulfilled' ? look.value : now.slice(at, at + 1).map(pending),
  );
  const known = attempts.flatMap((attempt) => {
    const arn = running?.get(nameOf(attempt));
    return arn === undefined ? [] : [{ attempt, arn }];
  });
  const alive = await Promise.all(known.map(({ attempt, arn }) => withStart(sources, pending(attempt), arn)));
  return [...found, ...alive, ...later.map(pending)];
}

/** Undefined when the list cannot be read: then each is asked for by itself, and says why it cannot be seen. */
async function listRunning(
  durable: DurableExecutions,
  attempts: OpenAttempt[],
): Promise<Map<string, string> | undefined> {
  const [first] = attempts;
  if (!first) return undefined;
  const oldest = Math.min(...attempts.map((attempt) => attempt.startedAt.getTime()));
  const listed = await durable.running(first.function, first.qualifier ?? LATEST, new Date(oldest - SKEW_MS));
  return listed.type === 'found' ? listed.value : undefined;
}

function pending(attempt: OpenAttempt): Finding {
  return { attempt, pending: true };
}

/** Within 64 characters of a-z, 0-9 and '-', and unique whatever the function: an execution id is never used twice. */
function nameOf(attempt: { id: string; number: number }): string {
  return `${attempt.id}-${attempt.number}`;
}

/** The start may wait its whole age in Lambda's queue. */
function evidenceSeconds(facts: FunctionFacts): number {
  return facts.maxEventAgeSeconds + (facts.durableSeconds ?? MAX_DURABLE_SECONDS) + MARGIN_SECONDS;
}

async function lookAt(sources: Sources, attempt: OpenAttempt, ended: boolean): Promise<Finding[]> {
  const arn = await arnOf(sources.durable, attempt);
  if (arn === undefined)
    return attempt.phase === 'accepted' ? [{ attempt, warning: notDurable(attempt) }] : [];
  if (typeof arn !== 'string') return [{ attempt, warning: arn }];
  const seen = await sources.durable.get(arn, ended);
  if (seen.type === 'missing') return [];
  if (seen.type === 'blind') return [{ attempt, warning: seen.warning }];
  const outcome = outcomeOf(seen.value);
  return [await withStart(sources, outcome ? { attempt, outcome } : pending(attempt), arn)];
}

/** What to follow from now on, where the answer of the start was lost. What names other channels stays in doubt to its end. */
async function withStart({ functions }: Sources, finding: Finding, arn: string): Promise<Finding> {
  const { attempt } = finding;
  if (attempt.durableExecutionArn !== null || !attempt.completion.includes(NAME)) return finding;
  const facts = await functions.describe(attempt.function, attempt.qualifier ?? undefined);
  return { ...finding, started: { durableExecutionArn: arn, evidenceSeconds: evidenceSeconds(facts) } };
}

/** Where it is known, else by its name; a warning when the bridge may not look. */
async function arnOf(
  durable: DurableExecutions,
  attempt: OpenAttempt,
): Promise<string | Warning | undefined> {
  if (attempt.durableExecutionArn !== null) return attempt.durableExecutionArn;
  const qualifier = attempt.qualifier ?? LATEST;
  const found = await durable.find(attempt.function, qualifier, nameOf(attempt));
  if (found.type === 'blind') return found.warning;
  return found.type === 'found' ? found.value : undefined;
}

function outcomeOf({ status, version, result, error }: DurableExecution): Outcome | undefined {
  const evidence = version === undefined ? {} : { executedVersion: version };
  if (status === 'RUNNING') return undefined;
  if (status === 'SUCCEEDED')
    return { state: 'succeeded', ...(result === undefined ? {} : { result }), ...evidence };
  const told = describeError(error?.type, error?.message ?? '', error?.stackTrace);
  return { state: 'failed', error: { ...told, ...ENDS[status](error?.message) }, ...evidence };
}

/** What the status tells beyond the error, which Lambda may leave out. */
const ENDS: Record<'FAILED' | 'TIMED_OUT' | 'STOPPED', (message?: string) => Partial<ExecutionError>> = {
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
    `Lambda knows no durable execution of ${attempt.function} for this attempt: the function was made without a ` +
    'DurableConfig, or its record is gone. Let another completion channel follow it.';
  return { code: 'not_durable', message };
}
