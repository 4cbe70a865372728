/** Statements over many items: one array of values for each column, and one large value at most. */
import type { PostgresConnection, Queries } from './connection.ts';

/** A value above this is sent as bytes, since inside an array pg would escape and copy it several times. */
const LARGE_BYTES = 64 * 1024;

export interface LargeValue {
  /** the value of each item that goes into an array; null where it is the large one */
  inArray: (string | null)[];
  /** the position of the item with the large value, counted from 1 as SQL's ordinality; 0: none */
  place: number;
  /** sent in PostgreSQL's binary format, in which text is UTF-8 */
  bytes: Buffer | null;
}

/** @param values at most one of them large, see `inGroups` */
export function largeValue(values: readonly (string | Uint8Array | null)[]): LargeValue {
  const at = values.findIndex(isLarge);
  return {
    inArray: values.map((value, n) => (value === null || n === at ? null : toText(value))),
    place: at + 1,
    bytes: at < 0 ? null : toBuffer(values[at] ?? ''),
  };
}

/**
 * Divides items into groups that one statement can write: no key twice, because an UPDATE applies only one of two rows for
 * the same target, and at most one large value. In the order of the keys: of two transactions that write the same ones,
 * neither then waits for a lock that the other takes later. Items of one key stay in their order, because the first outcome
 * of an attempt must be written first.
 */
export function inGroups<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  contentOf: (item: T) => string | Uint8Array | null = () => null,
): T[][] {
  const keyed = items.map((item) => ({ item, key: keyOf(item), large: isLarge(contentOf(item)) }));
  const groups: T[][] = [];
  let lastKey: string | undefined;
  let hasLarge = false;
  for (const { item, key, large } of keyed.sort((a, b) => compare(a.key, b.key))) {
    const group = groups.at(-1);
    if (group && key !== lastKey && !(large && hasLarge)) {
      group.push(item);
      hasLarge ||= large;
    } else {
      groups.push([item]);
      hasLarge = large;
    }
    lastKey = key;
  }
  return groups;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Writes groups, all or none: one statement is a transaction anyway, several need one around them. */
export async function writeGroups<T>(
  db: PostgresConnection,
  groups: readonly T[][],
  write: (db: Queries, group: T[]) => Promise<void>,
): Promise<void> {
  const writeIn = async (queries: Queries) => {
    for (const group of groups) await write(queries, group);
  };
  await (groups.length > 1 ? db.transaction(writeIn) : writeIn(db));
}

function isLarge(value: string | Uint8Array | null): boolean {
  return value !== null && value.length > LARGE_BYTES;
}

function toText(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : toBuffer(value).toString('utf8');
}

function toBuffer(value: string | Uint8Array): Buffer {
  return typeof value === 'string'
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
