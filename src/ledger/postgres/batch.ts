/** Statements over many items: one array of values for each column, and one large value at most. */

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
 * the same target, and at most one large value.
 */
export function inGroups<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  contentOf: (item: T) => string | Uint8Array | null = () => null,
): T[][] {
  const groups: { keys: Set<string>; large: number; items: T[] }[] = [];
  for (const item of items) {
    const key = keyOf(item);
    const large = isLarge(contentOf(item)) ? 1 : 0;
    // Not before an earlier item of the same key: the first outcome of an attempt must be written first.
    const after = groups.findLastIndex(({ keys }) => keys.has(key)) + 1;
    let group = groups.slice(after).find((one) => one.large + large <= 1);
    if (!group) {
      group = { keys: new Set(), large: 0, items: [] };
      groups.push(group);
    }
    group.keys.add(key);
    group.large += large;
    group.items.push(item);
  }
  return groups.map((group) => group.items);
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
