import { expect, it } from 'vitest';
import { crashPlan, databaseCrashPlan } from './crash-plan.ts';

it('plans the same crashes for the same seed, all of them within the run', () => {
  const plan = crashPlan(3, 200);
  expect(crashPlan(3, 200)).toEqual(plan);
  expect(crashPlan(4, 200)).not.toEqual(plan);
  expect(plan.size).toBe(4);
  expect(crashPlan(3, 2_000).size).toBe(8);
  for (const submits of plan.keys()) expect(submits > 0 && submits <= 200).toBe(true);
});

it('kills the database half as often as a replica', () => {
  const plan = databaseCrashPlan(3, 2_000);
  expect(databaseCrashPlan(3, 2_000)).toEqual(plan);
  expect(plan.size).toBe(4);
  expect(databaseCrashPlan(3, 200).size).toBe(2);
  for (const submits of plan) expect(submits > 0 && submits <= 2_000).toBe(true);
});
