import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Batcher } from '../../src/ledger/batcher.ts';
import { LedgerUnavailable } from '../../src/ledger/ledger-unavailable.ts';

interface Write {
  items: number[];
  end: () => void;
  fail: (error: Error) => void;
}

let writes: Write[];
let batcher: Batcher<number, string>;
beforeEach(() => {
  writes = [];
  batcher = new Batcher((items) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    writes.push({ items, end: () => resolve(items.map((item) => `wrote ${item}`)), fail: reject });
    return promise;
  });
});

const itemsOf = () => writes.map(({ items }) => items);
const addAll = (...items: number[]) => items.map((item) => batcher.add(item));
/** Two turns: one in which a write is scheduled, one in which it begins. */
async function turns(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_one, at) => from + at);

describe('a batcher', () => {
  it('writes a lone item in the same turn of the event loop', async () => {
    const one = batcher.add(1);
    await nextTurn();
    expect(itemsOf()).toEqual([[1]]);
    writes[0]?.end();
    expect(await one).toBe('wrote 1');
  });

  it('writes together what arrives in one turn', async () => {
    const three = addAll(1, 2, 3);
    await turns();
    expect(itemsOf()).toEqual([[1, 2, 3]]);
    writes[0]?.end();
    expect(await Promise.all(three)).toEqual(['wrote 1', 'wrote 2', 'wrote 3']);
  });

  it('has two writes under way at most, and writes what arrives meanwhile together after one of them', async () => {
    const all = addAll(1);
    await turns();
    all.push(...addAll(2));
    await turns();
    for (const item of [3, 4, 5]) {
      all.push(...addAll(item));
      await turns();
    }
    expect(itemsOf()).toEqual([[1], [2]]);
    writes[1]?.end();
    await turns();
    expect(itemsOf()).toEqual([[1], [2], [3, 4, 5]]);
    writes[0]?.end();
    writes[2]?.end();
    expect(await Promise.all(all)).toEqual(range(1, 6).map((item) => `wrote ${item}`));
  });

  it('writes again after all is written', async () => {
    for (const item of range(0, 3)) {
      const one = batcher.add(item);
      await turns();
      writes[item]?.end();
      expect(await one).toBe(`wrote ${item}`);
    }
  });

  it('writes not more than 200 items at once', async () => {
    const all = addAll(...range(0, 450));
    await turns();
    expect(itemsOf()).toEqual([range(0, 200), range(200, 400)]);
    writes[0]?.end();
    await turns();
    expect(itemsOf()[2]).toEqual(range(400, 450));
    for (const { end } of writes) end();
    expect(await Promise.all(all)).toHaveLength(450);
  });

  it('rejects all that were written together when the ledger is unavailable, and tries none again', async () => {
    const [one, two] = addAll(1, 2);
    await turns();
    const error = new LedgerUnavailable(new Error('connection lost'));
    writes[0]?.fail(error);
    await expect(one).rejects.toBe(error);
    await expect(two).rejects.toBe(error);
    await turns();
    expect(writes).toHaveLength(1);
    const next = batcher.add(3);
    await turns();
    writes[1]?.end();
    expect(await next).toBe('wrote 3');
  });

  it('writes the others alone when one is at fault, which alone gets its error', async () => {
    const results = Promise.allSettled(addAll(1, 2, 3));
    await turns();
    writes[0]?.fail(new Error('one of them is bad'));
    await turns();
    writes[1]?.end();
    await turns();
    const error = new Error('2 is bad');
    writes[2]?.fail(error);
    await turns();
    writes[3]?.end();
    expect(itemsOf()).toEqual([[1, 2, 3], [1], [2], [3]]);
    expect(await results).toEqual([
      { status: 'fulfilled', value: 'wrote 1' },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 'wrote 3' },
    ]);
  });

  it('gives a lone item its own error, and tries it only once', async () => {
    const one = batcher.add(1);
    await turns();
    writes[0]?.fail(new Error('bad'));
    await expect(one).rejects.toThrow('bad');
    await turns();
    expect(writes).toHaveLength(1);
  });
});

it('writes few large items at once, and one that is larger than that alone', async () => {
  const batches: number[][] = [];
  const sized = new Batcher<number, number>(
    async (items) => {
      batches.push(items);
      return items;
    },
    (kilobytes) => kilobytes * 1_024,
  );
  await Promise.all([400, 400, 400, 2_000, 10, 500].map((kilobytes) => sized.add(kilobytes)));
  expect(batches).toEqual([[400, 400], [400], [2_000], [10, 500]]);
});
