/** What both dialects have in common. */

/** SQL of the value of each column, by table. */
export type Values = Record<string, Record<string, string>>;

/** Over so long ago: within retention_days. */
const SPAN_MS = 20 * 24 * 3_600_000;

/** When the first execution was created, and the time between two. */
export function timesOf(rows: number): { firstMs: number; gapMs: number } {
  const gapMs = Math.max(1, Math.floor(SPAN_MS / rows));
  return { gapMs, firstMs: Date.now() - gapMs * (rows + 1) };
}

/** @param columns of the migrated table @param rows SQL that selects `n`, `at` and `id` */
export function insertInto(
  table: string,
  columns: readonly { name: string; required: boolean }[],
  values: Record<string, string>,
  rows: string,
): string {
  const missing = columns.filter(({ name, required }) => required && values[name] === undefined);
  if (missing.length > 0)
    throw new Error(`bench/fill has no value for ${table}.${missing.map(({ name }) => name).join(', ')}`);
  const named = columns.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]]));
  return `insert into ${table} (${named.map(([name]) => name).join(', ')})
    select ${named.map(([, value]) => value).join(', ')} from (${rows}) as rows`;
}
