import { describe, expect, it } from 'vitest';
import type { FunctionPolicy } from '../../../src/domain/policy.ts';
import { Permissions } from '../../../src/lifecycle/submit/permissions.ts';
import { request } from '../../helpers/new-execution.ts';

const SCHEMA = {
  type: 'object',
  required: ['size'],
  properties: { size: { type: 'integer', minimum: 1 }, name: { type: 'string' } },
};
const POLICIES: FunctionPolicy[] = [
  { name: 'my_secret', allow: false },
  { name: 'my_checked', allow: true, inputSchema: SCHEMA },
  { name: 'my_*', allow: true, maxConcurrency: 3, timeoutSeconds: 60 },
];
const permissions = new Permissions(POLICIES, ['data', 'team-*']);

const asked = (fn: string, payload: unknown) => () => permissions.check(request({ function: fn }), payload);

describe('Permissions.check', () => {
  it('gives the policy that holds', () => {
    expect(asked('my_resize', {})()).toBe(POLICIES[2]);
  });

  it.each(['my_secret', 'other', 'arn:aws:lambda:eu-central-1:123456789012:function:my_secret'])(
    'refuses %s',
    (fn) => {
      expect(asked(fn, {})).toThrow(
        expect.objectContaining({
          code: 'function_not_allowed',
          httpStatus: 403,
          validationErrors: [{ pointer: '/function', message: expect.any(String) }],
        }),
      );
    },
  );

  it('lists every fault of a payload that its input schema refuses', () => {
    expect(asked('my_checked', { size: 0.5, name: 7 })).toThrow(
      expect.objectContaining({
        code: 'payload_invalid',
        httpStatus: 422,
        validationErrors: [
          { pointer: '/payload/size', message: 'must be integer' },
          { pointer: '/payload/size', message: 'must be >= 1' },
          { pointer: '/payload/name', message: 'must be string' },
        ],
      }),
    );
    expect(asked('my_checked', { size: 1 })()).toBe(POLICIES[1]);
  });

  it('holds what the function would receive against the schema: {} without a payload, else null too', () => {
    expect(asked('my_checked', undefined)).toThrow(
      expect.objectContaining({ validationErrors: [{ pointer: '/payload/size', message: 'is missing' }] }),
    );
    expect(asked('my_checked', null)).toThrow(
      expect.objectContaining({ validationErrors: [{ pointer: '/payload', message: 'must be object' }] }),
    );
  });

  it('cannot hold a payload in S3 against the schema, and lets it pass', () => {
    const { payload: _, ...rest } = request({ function: 'my_checked' });
    const staged = { ...rest, payloadRef: { uri: 's3://data/key', size: 1 } };
    expect(permissions.check(staged, undefined)).toBe(POLICIES[1]);
  });

  it('refuses a payload in a bucket outside the policy', () => {
    const { payload: _, ...rest } = request({ function: 'my_resize' });
    const staged = { ...rest, payloadRef: { uri: 's3://foreign/key', size: 1 } };
    expect(() => permissions.check(staged, undefined)).toThrow(
      expect.objectContaining({
        code: 'bucket_not_allowed',
        httpStatus: 403,
        validationErrors: [{ pointer: '/payload_ref/uri', message: expect.any(String) }],
      }),
    );
  });
});

describe('Permissions.checkBucket', () => {
  it.each(['s3://data/key', 's3://team-a/some/long/key'])('lets %s pass', (uri) => {
    expect(() => permissions.checkBucket(uri, '/uri')).not.toThrow();
  });

  it.each(['s3://data2/key', 's3://my-team-a/key', 's3://database/data'])('refuses %s', (uri) => {
    expect(() => permissions.checkBucket(uri, '/uri')).toThrow(
      expect.objectContaining({ code: 'bucket_not_allowed' }),
    );
  });

  it('says where an address is that is none', () => {
    expect(() => permissions.checkBucket('https://data/key', '/uri')).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        validationErrors: [{ pointer: '/uri', message: expect.any(String) }],
      }),
    );
  });

  it('allows no bucket when none is listed', () => {
    expect(() => new Permissions([], []).checkBucket('s3://data/key', '/uri')).toThrow(
      expect.objectContaining({ code: 'bucket_not_allowed' }),
    );
  });
});
