/** The change of each row since an earlier run. */
import { align, formatFigure } from './report.ts';
import type { RunResult } from './result.ts';
import { type MeasuredRow, type Row, ratioOf } from './row.ts';

const HEADER = ['row', 'compared', 'before', 'now', 'change'];

export function formatComparison(before: RunResult, now: RunResult): string {
  const known = new Map(before.rows.map((row) => [row.name, row]));
  const lines = now.rows.map((row) => compareRow(known.get(row.name), row));
  const title = `Change since ${before.commit} of ${before.date}`;
  return [`${title}${otherConditions(before, now)}`, align([HEADER, ...lines])].join('\n');
}

function compareRow(before: Row | undefined, now: Row): string[] {
  if (!before || 'notMeasured' in before || 'notMeasured' in now)
    return [now.name, 'not measured in both', '', '', ''];
  const [old, current] = [comparable(before), comparable(now)];
  if (old.what !== current.what) return [now.name, 'not measured in the same way', '', '', ''];
  return [now.name, current.what, old.text, current.text, changeOf(old.value, current.value)];
}

function changeOf(before: number, now: number): string {
  if (before === now) return 'none';
  // No percentage says how far something is from 0.
  if (before === 0) return 'new';
  const change = (now / before - 1) * 100;
  return `${change >= 0 ? '+' : ''}${change.toFixed(0)} %`;
}

/** The ratio, where there is one: it depends less on the machine and on what else ran there. */
function comparable(row: MeasuredRow): { what: string; value: number; text: string } {
  const ratio = ratioOf(row);
  if (ratio !== undefined && row.target?.of !== 'figure')
    return { what: `ratio to ${row.baseline?.of}`, value: ratio, text: ratio.toFixed(2) };
  return { what: row.unit, value: row.figure, text: formatFigure(row.figure, row.unit) };
}

function otherConditions(before: RunResult, now: RunResult): string {
  const others = [
    before.machine.cpu !== now.machine.cpu || before.machine.cores !== now.machine.cores
      ? 'on another machine'
      : undefined,
    before.node !== now.node ? `on Node ${before.node}` : undefined,
    before.isQuick !== now.isQuick ? (before.isQuick ? 'with --quick' : 'without --quick') : undefined,
  ].filter((one) => one !== undefined);
  return others.length === 0 ? '' : `, which ran ${others.join(', ')}`;
}
