import { describe, expect, it } from 'vitest';
import { configFileErrors } from '../../src/config/file-schema.ts';

describe('configFileErrors', () => {
  it('finds none in a file that uses everything', () => {
    const file = {
      functions: [
        {
          name: '*',
          allow: true,
          max_concurrency: 1,
          timeout_seconds: 0.5,
          input_schema: { type: 'string' },
          unproven: 'fail',
          tenant_id: 'blue',
          exclusive: true,
        },
      ],
      buckets: ['b'],
      tokens: [{ name: 'n', token: 'x'.repeat(16) }],
      limits: { held_invocations: 1 },
    };
    expect(configFileErrors(file)).toEqual([]);
    expect(configFileErrors({})).toEqual([]);
  });

  it.each([
    ['text', 'it must be object.'],
    [[], 'it must be object.'],
    [{ function: [] }, '/function is not a known member.'],
    [{ functions: [{}] }, '/functions/0/name is missing.'],
    [{ functions: [{ name: '' }] }, '/functions/0/name must NOT have fewer than 1 characters.'],
    [{ functions: [{ name: 'a', allow: 'yes' }] }, '/functions/0/allow must be boolean.'],
    [{ functions: [{ name: 'a', max_concurrency: 0 }] }, '/functions/0/max_concurrency must be >= 1.'],
    [{ functions: [{ name: 'a', timeout_seconds: 0 }] }, '/functions/0/timeout_seconds must be > 0.'],
    [{ functions: [{ name: 'a', timeout: 5 }] }, '/functions/0/timeout is not a known member.'],
    [
      { functions: [{ name: 'a', unproven: 'retry' }] },
      '/functions/0/unproven must be one of succeed, fail.',
    ],
    [{ functions: [{ name: 'a', exclusive: 1 }] }, '/functions/0/exclusive must be boolean.'],
    [{ functions: [{ name: 'a', tenant_id: 1 }] }, '/functions/0/tenant_id must be string.'],
    [{ buckets: [7] }, '/buckets/0 must be string.'],
    [{ tokens: [{ name: 'a', token: 'short' }] }, '/tokens/0/token must NOT have fewer than 16 characters.'],
    [{ limits: { held: 1 } }, '/limits/held is not a known member.'],
    [{ limits: { heldInvocations: 1 } }, '/limits/heldInvocations is not a known member.'],
    [{ limits: { held_invocations: 0 } }, '/limits/held_invocations must be > 0.'],
    // Beyond these the ledger refuses every claim or submit, and a timer runs at once.
    [{ limits: { held_invocations: 3e9 } }, '/limits/held_invocations must be <= 2147483647.'],
    [{ limits: { drain_seconds: 2_592_000 } }, '/limits/drain_seconds must be <= 2147483.'],
    [
      { functions: [{ name: 'a', max_concurrency: 3e9 }] },
      '/functions/0/max_concurrency must be <= 2147483647.',
    ],
    [
      { functions: [{ name: 'a', timeout_seconds: 1e15 }] },
      '/functions/0/timeout_seconds must be <= 31622400.',
    ],
    [{ limits: { retention_days: 0.5 } }, '/limits/retention_days must be integer.'],
  ])('says of %j: %s', (file, fault) => {
    expect(configFileErrors(file)).toEqual([fault]);
  });

  it('lists every fault', () => {
    const file = { functions: [{ allow: 1 }, { name: 2 }], buckets: {}, limits: { poll_seconds: 'soon' } };
    expect(configFileErrors(file)).toEqual([
      '/functions/0/name is missing.',
      '/functions/0/allow must be boolean.',
      '/functions/1/name must be string.',
      '/buckets must be array.',
      '/limits/poll_seconds must be number.',
    ]);
  });

  it('tells of every input schema that is none', () => {
    const wrong = { type: 'sentence' };
    const dangling = { $ref: '#/$defs/missing' };
    const file = {
      functions: [
        { name: 'a', input_schema: wrong },
        { name: 'b', input_schema: { type: 'object' } },
        { name: 'c', input_schema: dangling },
      ],
    };
    expect(configFileErrors(file)).toEqual([
      expect.stringMatching(/^\/functions\/0\/input_schema is not a JSON Schema: /),
      expect.stringMatching(/^\/functions\/2\/input_schema is not a JSON Schema: /),
    ]);
  });
});
