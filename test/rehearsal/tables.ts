/** The results of a rehearsal as Markdown tables, which docs/rehearsal.md shows. */
import { FAULT_KINDS } from '../../packages/lambda-emulator/src/faults/fault-script.ts';
import type { TruthEntry } from '../../packages/lambda-emulator/src/model.ts';
import { hasLostItsHolder } from './oracle/doubts.ts';
import type { OracleResult } from './oracle/test-oracle.ts';

type Groups = readonly (readonly [string, readonly OracleResult[]])[];

/** One group for each channel list, and one with all results. */
export function groupByChannels(results: readonly OracleResult[]): Groups {
  const groups = Map.groupBy(results, ({ observed }) => observed.submission.channels);
  return [...[...groups].sort(([a], [b]) => (a < b ? -1 : 1)), ['all', results]];
}

/** Counts the requests that met each fault, so that a fault which was never injected is noticed. */
export function faultTable(groups: Groups): string {
  const rows = FAULT_KINDS.map((kind) => [
    kind,
    ...groups.map(([, results]) =>
      countRequests(results, (entry) => metFault(entry) && entry.fault === kind),
    ),
  ]);
  const overLimit = groups.map(([, results]) =>
    countRequests(results, (entry) => entry.status === 429 && !metFault(entry)),
  );
  const share = groups.map(([, results]) => {
    const faulty = results.filter(({ truth }) => truth.some(metFault));
    return percent(faulty.length, results.length);
  });
  return table(
    ['injected fault', ...groups.map(([channels]) => channels)],
    [...rows, ['429, not injected', ...overLimit], ['executions with a fault', ...share]],
  );
}

function countRequests(results: readonly OracleResult[], test: (entry: TruthEntry) => boolean): number {
  return results.reduce((sum, { truth }) => sum + truth.filter(test).length, 0);
}

/** A request that is refused for lack of concurrency does not meet the fault planned for it. */
function metFault({ fault, status }: TruthEntry): boolean {
  return fault !== null && (fault === 'throttle' || status !== 429);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** Says how many executions the crashes affected: those whose invocation a killed replica held. */
export function crashSummary(
  results: readonly OracleResult[],
  crashes: { replicas: number; databases: number },
  repeats: number,
): string {
  const affected = results.filter(({ observed }) => observed.reported.attempts.some(hasLostItsHolder));
  return `${crashes.replicas} times a replica was killed, ${crashes.databases} times PostgreSQL; ${affected.length} executions lost their holder; ${repeats} requests repeated`;
}

export function resultTable(groups: Groups): string {
  const head = [
    'completion',
    'executions',
    'succeeded',
    'failed',
    'not ended',
    'mismatch',
    'invoked twice',
    'foreign lines',
    'missing lines',
    'log not complete',
  ];
  return table(
    head,
    groups.map(([channels, results]) => resultRow(channels, results)),
  );
}

function resultRow(channels: string, results: readonly OracleResult[]): (string | number)[] {
  const count = (test: (result: OracleResult) => boolean) => results.filter(test).length;
  const state = (name: string) => count(({ observed }) => observed.reported.state === name);
  return [
    channels,
    results.length,
    state('succeeded'),
    state('failed'),
    results.length - state('succeeded') - state('failed'),
    count(({ mismatches }) => mismatches.length > 0),
    count(({ invokedTwice }) => invokedTwice),
    results.reduce((sum, { foreignLines }) => sum + foreignLines.length, 0),
    results.reduce((sum, { missingLines }) => sum + missingLines, 0),
    count(({ logIncomplete }) => logIncomplete),
  ];
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
