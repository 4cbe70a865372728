import { describe, expect, it } from 'vitest';
import { formatComparison } from '../../bench/compare.ts';
import { formatFigure, formatNotes, formatTable } from '../../bench/report.ts';
import type { RunResult } from '../../bench/result.ts';
import { atLeast, atMost, isMet, type MeasuredRow, type Row } from '../../bench/row.ts';

const RATE: MeasuredRow = {
  name: 'rr.postgres',
  what: 'RequestResponse',
  figure: 850,
  unit: '/s',
  baseline: { of: 'passthrough', figure: 1_000 },
  target: atLeast(0.85),
};
const MEMORY: MeasuredRow = {
  name: 'memory.idle',
  what: 'memory',
  figure: 131,
  unit: 'MB',
  baseline: { of: 'passthrough', figure: 97 },
  target: atMost(130, 'figure'),
  note: 'a note',
};
const ABSENT: Row = { name: 'pgbouncer', what: 'PgBouncer', notMeasured: 'no pgbouncer on PATH' };

function run(rows: Row[], changes: Partial<RunResult> = {}): RunResult {
  const machine = { system: 'linux', cpu: 'a CPU', cores: 2, memoryMb: 8_000 };
  return { date: '2026-11-27', commit: 'abc', node: 'v24', machine, isQuick: false, rows, ...changes };
}

describe('a target', () => {
  it.each([
    ['a ratio at its lower limit', RATE, true],
    ['a ratio below it', { ...RATE, figure: 849 }, false],
    ['a figure above its upper limit', MEMORY, false],
    ['a figure at it', { ...MEMORY, figure: 130 }, true],
  ])('is met or not: %s', (_case, row, met) => {
    expect(isMet(row)).toBe(met);
  });

  it('is not met and not missed where there is none', () => {
    const { target, ...row } = RATE;
    expect(isMet(row)).toBeUndefined();
  });
});

describe('the table', () => {
  it('shows figure, baseline, ratio and target of each row', () => {
    const [, first, second, third] = formatTable([RATE, MEMORY, ABSENT]).split('\n');
    expect(first?.split(/ {2,}/)).toEqual([
      'rr.postgres',
      'RequestResponse',
      '850/s',
      '1000/s passthrough',
      '0.85',
      '≥ 0.85 ×',
      'ok',
    ]);
    expect(second).toMatch(/131 MB {2}97 MB passthrough.*≤ 130 MB +missed$/);
    expect(third).toMatch(/PgBouncer +not measured: no pgbouncer on PATH$/);
  });

  it('has the notes below it, each with its row', () => {
    expect(formatNotes([RATE, MEMORY, ABSENT])).toBe('memory.idle: a note');
  });

  it.each([
    [0.123, 's', '0.12 s'],
    [12.34, 'ms', '12.3 ms'],
    [1_234.5, '/s', '1235/s'],
  ])('writes %d %s as %s', (figure, unit, text) => {
    expect(formatFigure(figure, unit)).toBe(text);
  });
});

describe('a comparison', () => {
  const lines = (before: RunResult, now: RunResult) =>
    formatComparison(before, now)
      .split('\n')
      .slice(2)
      .map((line) => line.split(/ {2,}/));

  it('compares ratios, and figures where the target is one', () => {
    const now = [
      { ...RATE, figure: 500, baseline: { of: 'passthrough', figure: 500 } },
      { ...MEMORY, figure: 65.5 },
    ];
    expect(lines(run([RATE, MEMORY]), run(now))).toEqual([
      ['rr.postgres', 'ratio to passthrough', '0.85', '1.00', '+18 %'],
      ['memory.idle', 'MB', '131 MB', '65.5 MB', '-50 %'],
    ]);
  });

  it('has no percentage for what was 0 before', () => {
    const works: MeasuredRow = { name: 'pgbouncer', what: 'PgBouncer', figure: 100, unit: '%' };
    const [was, is] = [run([{ ...works, figure: 0 }]), run([works])];
    expect([lines(was, is), lines(was, was)].map(([line]) => line?.at(-1))).toEqual(['new', 'none']);
  });

  it('says what cannot be compared', () => {
    const other = { ...RATE, baseline: { of: 'boto3', figure: 1_000 } };
    expect(lines(run([ABSENT, RATE]), run([ABSENT, other, MEMORY]))).toEqual([
      ['pgbouncer', 'not measured in both'],
      ['rr.postgres', 'not measured in the same way'],
      ['memory.idle', 'not measured in both'],
    ]);
  });

  it('says under which other conditions the earlier run was made', () => {
    const machine = { system: 'linux', cpu: 'a CPU', cores: 8, memoryMb: 8_000 };
    const [title] = formatComparison(run([], { machine, node: 'v22', isQuick: true }), run([])).split('\n');
    expect(title).toBe(
      'Change since abc of 2026-11-27, which ran on another machine, on Node v22, with --quick',
    );
  });
});
