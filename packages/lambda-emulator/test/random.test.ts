import { expect, test } from 'vitest';
import { randomMilliseconds, seededRandom } from '../src/faults/random.ts';

test('a seed always gives the same numbers, so that a rehearsal can be repeated years later', () => {
  const random = seededRandom(7, 'event');
  expect([random(), random(), random()]).toEqual([
    0.5728223805781454, 0.3857453791424632, 0.8764507921878248,
  ]);
});

test('other seeds and parts give other numbers, evenly distributed', () => {
  expect(seededRandom(7, 'event')()).not.toBe(seededRandom(8, 'event')());
  expect(seededRandom(7, 'event')()).not.toBe(seededRandom(7, 'other')());
  const random = seededRandom(1);
  const shares = [0, 0, 0, 0];
  for (let draw = 0; draw < 10_000; draw++) {
    const quarter = Math.floor(random() * 4);
    shares[quarter] = (shares[quarter] ?? 0) + 1;
  }
  for (const share of shares) expect(Math.abs(share - 2_500)).toBeLessThan(250);
});

test('a random duration is in whole milliseconds, within its range of seconds', () => {
  expect(randomMilliseconds([1, 3], () => 0)).toBe(1_000);
  expect(randomMilliseconds([1, 3], () => 0.5)).toBe(2_000);
});
