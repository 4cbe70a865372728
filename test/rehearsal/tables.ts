/** What a rehearsal found, as tables for the documentation. */
import { FAULT_KINDS } from '../../src/local/fault-script.ts';
import type { TruthEntry } from '../../src/local/truth-record.ts';
import type { Verdict } from './observed.ts';
import { lostItsHolder } from './oracle/doubts.ts';

type Groups = readonly (readonly [string, readonly Verdict[]])[];

/** By completion, and the whole at last. */
export function groupsOf(verdicts: readonly Verdict[]): Groups {
  const ways = Map.groupBy(verdicts, ({ seen }) => seen.planned.way);
  return [...[...ways].sort(([a], [b]) => (a < b ? -1 : 1)), ['all', verdicts]];
}

/** Which faults were really made, so that none of them is missing unnoticed: requests by fault and completion. */
export function faultTable(groups: Groups): string {
  const rows = FAULT_KINDS.map((kind) => [
    kind,
    ...groups.map(([, members]) => requests(members, (entry) => metFault(entry) && entry.fault === kind)),
  ]);
  const noRoom = groups.map(([, members]) =>
    requests(members, (entry) => entry.status === 429 && !metFault(entry)),
  );
  const share = groups.map(([, members]) => percent(members.filter(isFaulty).length, members.length));
  return table(
    ['fault', ...groups.map(([way]) => way)],
    [...rows, ['no room (429)', ...noRoom], ['executions that met a fault', ...share]],
  );
}

function requests(members: readonly Verdict[], test: (entry: TruthEntry) => boolean): number {
  return members.reduce((sum, { truth }) => sum + truth.filter(test).length, 0);
}

function isFaulty({ truth }: Verdict): boolean {
  return truth.some(metFault);
}

/** What was refused for want of room has not met what the script had for it. */
function metFault({ fault, status }: TruthEntry): boolean {
  return fault !== null && (fault === 'throttle' || status !== 429);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** How much was at stake: what nobody held any more is what a kill can change. */
export function killSummary(verdicts: readonly Verdict[], kills: number, repeats: number): string {
  const orphans = verdicts.filter(({ seen }) => seen.told.attempts.some(lostItsHolder));
  return `${kills} bridges killed; ${orphans.length} executions lost their holder; ${repeats} requests repeated`;
}

export function completionTable(groups: Groups): string {
  const head = [
    'completion',
    'executions',
    'succeeded',
    'failed',
    'not ended',
    'wrong',
    'invoked twice',
    'foreign lines',
    'missing lines',
    'log not complete',
  ];
  return table(
    head,
    groups.map(([way, members]) => completionRow(way, members)),
  );
}

function completionRow(way: string, members: readonly Verdict[]): (string | number)[] {
  const number = (test: (verdict: Verdict) => boolean) => members.filter(test).length;
  const state = (name: string) => number(({ seen }) => seen.told.state === name);
  return [
    way,
    members.length,
    state('succeeded'),
    state('failed'),
    members.length - state('succeeded') - state('failed'),
    number(({ wrong }) => wrong.length > 0),
    number(({ invokedTwice }) => invokedTwice),
    members.reduce((sum, { foreignLines }) => sum + foreignLines.length, 0),
    members.reduce((sum, { missingLines }) => sum + missingLines, 0),
    number(({ logIncomplete }) => logIncomplete),
  ];
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
