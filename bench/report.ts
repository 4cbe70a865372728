/** The table of a run. */
import { isMet, type MeasuredRow, type Row, ratioOf } from './row.ts';

const HEADER = ['row', 'measured', 'figure', 'baseline', 'ratio', 'target', ''];

export function formatTable(rows: readonly Row[]): string {
  return align([HEADER, ...rows.map(cellsOf)]);
}

/** With what was measured, and on which side a limit may lie. */
export function formatNotes(rows: readonly Row[]): string {
  return rows.flatMap((row) => ('note' in row && row.note ? [`${row.name}: ${row.note}`] : [])).join('\n');
}

function cellsOf(row: Row): string[] {
  if ('notMeasured' in row) return [row.name, row.what, `not measured: ${row.notMeasured}`];
  const ratio = ratioOf(row);
  const met = isMet(row);
  return [
    row.name,
    row.what,
    formatFigure(row.figure, row.unit),
    row.baseline ? `${formatFigure(row.baseline.figure, row.unit)} ${row.baseline.of}` : '',
    ratio === undefined ? '' : ratio.toFixed(2),
    row.target ? formatTarget(row) : '',
    met === undefined ? '' : met ? 'ok' : 'missed',
  ];
}

function formatTarget({ target, unit }: MeasuredRow): string {
  if (!target) return '';
  const sign = target.is === 'at least' ? '≥' : '≤';
  return target.of === 'ratio' ? `${sign} ${target.limit} ×` : `${sign} ${formatFigure(target.limit, unit)}`;
}

export function formatFigure(figure: number, unit: string): string {
  const digits = figure >= 100 ? 0 : figure >= 10 ? 1 : 2;
  return `${Number(figure.toFixed(digits))} ${unit}`.replace(' /', '/');
}

/** A row with fewer cells than the others may be longer than they. */
export function align(rows: readonly string[][]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const whole = rows.filter((row) => row.length === columns);
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(
      ...whole.map((row) => row[at]?.length ?? 0),
      ...(at < 2 ? rows.map((row) => row[at]?.length ?? 0) : []),
    ),
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
