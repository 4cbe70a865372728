/** Whether what the bridge tells beside the end can be: who told it, how often Lambda ran it; and that it asked once. */
import { traceRoot } from '../../../src/domain/id.ts';
import type { TruthEntry } from '../../../src/local/truth-record.ts';
import type { Seen, Told } from '../observed.ts';
import type { Planned } from '../submissions.ts';

/** `settled_by` where no channel told the end. */
const NO_CHANNEL: Record<string, string> = { lost: 'watcher', deadline_exceeded: 'deadline' };

export function settlerFaults({ planned, told }: Seen): string[] {
  const settlers = settlersOf(planned, told);
  if (told.settled_by !== undefined && settlers.includes(told.settled_by)) return [];
  return [`settled by ${told.settled_by}, not by ${settlers.join(' or ')}`];
}

function settlersOf({ body }: Planned, { error, attempts }: Told): string[] {
  const nobody = NO_CHANNEL[error?.kind ?? ''];
  if (nobody !== undefined) return [nobody];
  const inDoubt = attempts.at(-1)?.doubt !== undefined;
  const channels = [...body.completion, ...(inDoubt ? settleDoubt(body.function) : [])];
  const isRefused = error?.kind === 'throttled' || error?.kind === 'invoke_rejected';
  return isRefused ? [...channels, 'invoke'] : channels;
}

/** Whatever was asked for; each only for the functions of which it can know an end. */
function settleDoubt(fn: string): string[] {
  if (fn.startsWith('durable_')) return ['durable'];
  return fn.startsWith('sending_') ? ['logs', 'sqs'] : ['logs'];
}

export function deliveryFaults({ told }: Seen, truth: readonly TruthEntry[]): string[] {
  return told.attempts.flatMap(({ number, deliveries = 0 }) => {
    const own = truth.filter(({ trace_root }) => trace_root === traceRoot(told.id, number));
    const runs = own.reduce((sum, entry) => sum + entry.runs.length, 0);
    return deliveries > runs
      ? [`attempt ${number} tells of ${deliveries} deliveries, but ran ${runs} times`]
      : [];
  });
}

/** A start that is sent again under its name is the same durable execution; every other request may run once more. */
export function isInvokedTwice(truth: readonly TruthEntry[]): boolean {
  const started = truth.flatMap(({ durable_execution_arn }) => durable_execution_arn ?? []);
  const unnamed = truth.filter(
    ({ durable_execution_name, status }) => durable_execution_name === null && status !== 429,
  );
  return new Set(started).size + unnamed.length > 1;
}
