import { expect, it } from 'vitest';
import { logCallsPerSecond } from '../../src/aws/log-quota.ts';

it.each([
  ['us-east-1', 20],
  ['eu-central-1', 4],
  ['eu-west-1', 8],
  ['a-region-of-tomorrow', 8],
])('in %s, %d of the calls that AWS allows in a second are ours', (region, calls) => {
  expect(logCallsPerSecond(region)).toBe(calls);
});
