import { expect, it } from 'vitest';
import { RateLimit } from '../../src/aws/rate-limit.ts';

it("lets one second's worth of calls pass at once and spaces the rest, in order", async () => {
  const rate = new RateLimit(4);
  const started = performance.now();
  const order: number[] = [];
  const times = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      await rate.pass();
      order.push(index);
      return performance.now() - started;
    }),
  );
  expect(times[3]).toBeLessThan(240);
  expect(times[4]).toBeGreaterThan(240);
  expect(times[5]).toBeGreaterThan(490);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
});
