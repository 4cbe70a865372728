import { expect, it } from 'vitest';
import { inGroups, largeValue } from '../../../src/ledger/postgres/batch.ts';

const LARGE = 'x'.repeat(70_000);
const groupsOf = (...items: [key: string, content: string][]) =>
  inGroups(
    items,
    ([key]) => key,
    ([, content]) => content,
  );

it('puts what one statement can write into one group, in the order of the keys', () => {
  expect(groupsOf(['c', '1'], ['a', '2'], ['b', '3'])).toEqual([
    [
      ['a', '2'],
      ['b', '3'],
      ['c', '1'],
    ],
  ]);
});

it('has no key twice in a group, and keeps what one key has in its order', () => {
  const items = Array.from({ length: 30 }, (_one, n): [string, string] => [n % 3 === 0 ? 'b' : 'a', `${n}`]);
  const groups = groupsOf(...items);
  for (const group of groups) expect(new Set(group.map(([key]) => key)).size).toBe(group.length);
  for (const name of ['a', 'b'])
    expect(groups.flat().filter(([key]) => key === name)).toEqual(items.filter(([key]) => key === name));
});

it('has one large value in a group at most', () => {
  const groups = groupsOf(['a', LARGE], ['b', '1'], ['c', LARGE], ['d', LARGE], ['e', '2']);
  expect(groups.map((group) => group.map(([key]) => key))).toEqual([['a', 'b'], ['c'], ['d', 'e']]);
});

it('has no groups without items', () => {
  expect(groupsOf()).toEqual([]);
});

it('sends the large value of a group apart from the others', () => {
  expect(largeValue(['1', null, LARGE, Buffer.from('ü')])).toEqual({
    inArray: ['1', null, null, 'ü'],
    place: 3,
    bytes: Buffer.from(LARGE),
  });
  expect(largeValue(['1', null])).toEqual({ inArray: ['1', null], place: 0, bytes: null });
});
