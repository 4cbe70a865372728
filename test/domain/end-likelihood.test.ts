import { describe, expect, it } from 'vitest';
import { endLikelihood, nextPollAge } from '../../src/domain/end-likelihood.ts';

const MINUTE = 60;
const TEN_MINUTES = [580, 600, 610, 640, 660];

/** The ages at which a run would be polled. */
function pollsUntil(end: number, seen: readonly number[]): number[] {
  const ages: number[] = [];
  for (let age = 0; age < end; ) {
    age = Math.max(nextPollAge(seen, age, 1), age + 0.01);
    ages.push(age);
  }
  return ages;
}

describe('the chance that a run has ended', () => {
  it('depends on the wait in proportion to the age, where nothing is known of the function', () => {
    expect(endLikelihood([], 99, 199)).toBeCloseTo(0.5);
    expect(endLikelihood([], 999, 1_999)).toBeCloseTo(0.5);
    expect(endLikelihood([], 10, 10)).toBe(0);
  });

  it('is low before the usual ends, high around them, and after them as if nothing were known', () => {
    expect(endLikelihood(TEN_MINUTES, 100, 115)).toBeLessThan(endLikelihood([], 100, 115) / 3);
    expect(endLikelihood(TEN_MINUTES, 600, 615)).toBeGreaterThan(3 * endLikelihood([], 600, 615));
    expect(endLikelihood(TEN_MINUTES, 1_000, 1_100)).toBeCloseTo(endLikelihood([], 1_000, 1_100));
  });

  it('is high around each of several usual ends', () => {
    const seen = [5, 5, 300, 300];
    expect(endLikelihood(seen, 4, 7)).toBeGreaterThan(0.4);
    expect(endLikelihood(seen, 20, 23)).toBeLessThan(0.1);
    expect(endLikelihood(seen, 240, 380)).toBeGreaterThan(0.9);
  });

  it('is that of a young run rather than of an old one that waits as long', () => {
    expect(endLikelihood([], 0, 0.5)).toBeGreaterThan(endLikelihood([], 300, 330));
  });
});

describe('the next poll', () => {
  it('comes after a tenth of the age, at least after the gap and at most after 15 s, where nothing is known', () => {
    expect(nextPollAge([], 2, 1)).toBe(3);
    expect(nextPollAge([], 100, 1)).toBeGreaterThan(109);
    expect(nextPollAge([], 100, 1)).toBeLessThan(112);
    expect(nextPollAge([], 500, 1)).toBe(515);
  });

  it('comes at once, where an attempt of an unknown function was never polled', () => {
    expect(nextPollAge([], 0, 1)).toBeLessThan(0.2);
  });

  it('waits for the usual end of a short function, so that one poll sees it', () => {
    const first = nextPollAge([0.5, 0.52, 0.55], 0, 1);
    expect(first).toBeGreaterThan(0.55);
    expect(first).toBeLessThan(0.8);
  });

  it('comes rarely before the usual ends, but a killed function is noticed within 60 s and 60 % of its age', () => {
    const ages = pollsUntil(450, TEN_MINUTES);
    expect(ages.length).toBeLessThan(20);
    for (const [at, age] of ages.entries()) {
      const before = ages[at - 1] ?? 0;
      expect(age - before).toBeLessThanOrEqual(MINUTE);
      expect(age - before).toBeLessThanOrEqual(0.75 * (before + 1));
    }
  });

  it('comes no later than the usual ends begin, and then often', () => {
    const ages = pollsUntil(700, TEN_MINUTES);
    const usual = ages.filter((age) => age > 550);
    expect(usual[0]).toBeLessThan(565);
    expect(usual.length).toBeGreaterThan(10);
  });

  it('comes after 15 s at the latest where the usual ends have passed', () => {
    expect(nextPollAge(TEN_MINUTES, 2_000, 1)).toBe(2_015);
  });
});
