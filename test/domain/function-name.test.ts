import { describe, expect, it } from 'vitest';
import { bareName, parseFunctionName } from '../../src/domain/function-name.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:resize';

describe('parseFunctionName', () => {
  it.each([
    ['resize', { function: 'resize' }],
    ['resize:live', { function: 'resize', qualifier: 'live' }],
    ['resize:$LATEST', { function: 'resize', qualifier: '$LATEST' }],
    ['resize:7', { function: 'resize', qualifier: '7' }],
    ['123456789012:function:resize', { function: '123456789012:function:resize' }],
    ['123456789012:function:resize:7', { function: '123456789012:function:resize', qualifier: '7' }],
    [ARN, { function: ARN }],
    [`${ARN}:live`, { function: ARN, qualifier: 'live' }],
    [
      'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:resize',
      { function: 'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:resize' },
    ],
    ['a'.repeat(64), { function: 'a'.repeat(64) }],
    ['resize:$LATEST.PUBLISHED', { function: 'resize', qualifier: '$LATEST.PUBLISHED' }],
    [`${ARN}:$LATEST.PUBLISHED`, { function: ARN, qualifier: '$LATEST.PUBLISHED' }],
    ['function:live', { function: 'function', qualifier: 'live' }],
    [
      'eusc-de-east-1:123456789012:function:resize',
      { function: 'eusc-de-east-1:123456789012:function:resize' },
    ],
  ])('splits %s into function and qualifier', (text, parts) => {
    expect(parseFunctionName(text)).toEqual(parts);
  });

  it.each([
    ['aws', 'eu-central-1'],
    ['aws-cn', 'cn-northwest-1'],
    ['aws-us-gov', 'us-gov-east-1'],
    ['aws-iso', 'us-iso-west-1'],
    ['aws-iso-b', 'us-isob-east-1'],
    ['aws-iso-e', 'eu-isoe-west-1'],
    ['aws-iso-f', 'us-isof-south-1'],
    ['aws-eusc', 'eusc-de-east-1'],
  ])('takes an ARN of the partition %s', (partition, region) => {
    const fn = `arn:${partition}:lambda:${region}:123456789012:function:resize`;
    expect(parseFunctionName(fn)).toEqual({ function: fn });
    expect(parseFunctionName(`${fn}:7`)).toEqual({ function: fn, qualifier: '7' });
    expect(bareName(`${fn}:$LATEST.PUBLISHED`)).toBe('resize');
  });

  it.each([
    '',
    'a'.repeat(65),
    'with space',
    'resize:',
    ':resize',
    'resize:live:more',
    'resize:$OLDEST',
    'resize:$LATEST.OLD',
    'resize:LATEST.PUBLISHED',
    '..',
    'arn:aws-eusc:lambda:eusc-east-1:123456789012:function:resize',
    `resize:${'q'.repeat(129)}`,
    '12345678901:function:resize',
    'arn:aws:s3:::bucket/key',
    'arn:aws:lambda:eu-central-1:12345:function:resize',
    'arn:aws:lambda:eu-central-1:123456789012:layer:resize',
    '../resize',
    'resize\n',
    'größe',
  ])('does not take %j for a function', (text) => {
    expect(parseFunctionName(text)).toBeUndefined();
  });
});

describe('bareName', () => {
  it.each(['resize', 'resize:live', '123456789012:function:resize', ARN, `${ARN}:7`])(
    'of %s is resize',
    (fn) => {
      expect(bareName(fn)).toBe('resize');
    },
  );
});
