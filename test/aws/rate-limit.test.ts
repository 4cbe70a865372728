import { expect, it } from 'vitest';
import { RateLimit } from '../../src/aws/rate-limit.ts';

it("lets one second's worth of calls pass at once and spaces the rest, in order", async () => {
  const rate = new RateLimit(50);
  const started = performance.now();
  const order: number[] = [];
  const times = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      await rate.pass();
      order.push(index);
      return performance.now() - started;
    }),
  );
  expect(times.slice(0, 50).every((time) => time < 150)).toBe(true);
  expect(times[59]).toBeGreaterThan(180);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});
