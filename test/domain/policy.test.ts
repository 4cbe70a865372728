import { describe, expect, it } from 'vitest';
import { matches, policyFor } from '../../src/domain/policy.ts';

describe('matches', () => {
  it.each([
    ['resize', 'resize', true],
    ['resize', 'resizer', false],
    ['resize', 'my_resize', false],
    ['*', 'anything', true],
    ['*', '', true],
    ['my_*', 'my_', true],
    ['my_*', 'my_resize', true],
    ['my_*', 'not_my_resize', false],
    ['*_prod_*', 'a_prod_b', true],
    ['v?', 'v1', true],
    ['v?', 'v', false],
    ['v?', 'v12', false],
    ['a.b', 'a.b', true],
    ['a.b', 'aXb', false],
    ['(a|b)', 'a', false],
    ['[ab]+', 'ab', false],
    ['a\\*', 'abc', false],
    ['^a$', 'a', false],
  ])('%s against %s is %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });
});

describe('policyFor', () => {
  it('allows everything when there is no policy', () => {
    expect(policyFor([], 'anything')).toMatchObject({ allow: true });
  });

  it('finds none for what no policy names', () => {
    expect(policyFor([{ name: 'my_*', allow: true }], 'other')).toBeUndefined();
  });

  it('takes the first that matches', () => {
    const policies = [
      { name: 'my_secret', allow: false },
      { name: 'my_*', allow: true },
    ];
    expect(policyFor(policies, 'my_secret')?.allow).toBe(false);
    expect(policyFor(policies, 'my_resize')?.allow).toBe(true);
  });

  it('matches the bare name of an ARN, so that no spelling of a name goes around a policy', () => {
    const policies = [{ name: 'resize', allow: true }];
    expect(policyFor(policies, 'arn:aws:lambda:eu-central-1:123456789012:function:resize')).toBe(policies[0]);
    expect(policyFor(policies, '123456789012:function:resize')).toBe(policies[0]);
  });
});
