/** One line of the table. */

export interface Target {
  of: 'figure' | 'ratio';
  is: 'at least' | 'at most';
  limit: number;
}

export interface MeasuredRow {
  /** stays the same, so that runs can be compared: `rr.postgres` */
  name: string;
  what: string;
  figure: number;
  unit: string;
  baseline?: { of: string; figure: number };
  target?: Target;
  note?: string;
}

export interface UnmeasuredRow {
  name: string;
  what: string;
  notMeasured: string;
}

export type Row = MeasuredRow | UnmeasuredRow;

/** Of the figure to the baseline. */
export function ratioOf({ figure, baseline }: MeasuredRow): number | undefined {
  return baseline && figure / baseline.figure;
}

/** @returns undefined without a target */
export function isMet(row: MeasuredRow): boolean | undefined {
  const { target } = row;
  const value = target?.of === 'ratio' ? ratioOf(row) : row.figure;
  if (!target || value === undefined) return undefined;
  return target.is === 'at least' ? value >= target.limit : value <= target.limit;
}

export function atLeast(limit: number, of: Target['of'] = 'ratio'): Target {
  return { of, is: 'at least', limit };
}

export function atMost(limit: number, of: Target['of'] = 'ratio'): Target {
  return { of, is: 'at most', limit };
}
