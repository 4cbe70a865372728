// The figures of each runtime, as a Markdown table.
const ENDS = ['right', 'other error', 'unproven success', 'unproven failure', 'wrong'];
const HEAD = ['runtime', 'situations', ...ENDS, 'lines that differ'];

export function table(results) {
  const rows = [...Map.groupBy(results, ({ runtime }) => runtime)].map(([runtime, group]) => {
    const count = (end) => group.filter((one) => one.end === end).length;
    const lines = group.reduce((sum, one) => sum + one.lines, 0);
    return [runtime, group.length, ...ENDS.map(count), lines];
  });
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [HEAD, HEAD.map(() => '---'), ...rows].map(line).join('\n');
}
