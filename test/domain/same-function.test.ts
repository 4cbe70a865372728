import { expect, it } from 'vitest';
import { isSameFunction } from '../../src/domain/same-function.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:report';

it.each([
  ['report', `${ARN}:$LATEST`, true],
  ['report', `${ARN}:live`, true],
  ['report', ARN, true],
  ['report', `${ARN}:$LATEST.PUBLISHED`, true],
  [
    'arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:report',
    'arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:report:$LATEST.PUBLISHED',
    true,
  ],
  [ARN, `${ARN}:7`, true],
  ['123456789012:function:report', `${ARN}:$LATEST`, true],
  ['210987654321:function:report', `${ARN}:$LATEST`, false],
  ['arn:aws:lambda:us-east-1:123456789012:function:report', `${ARN}:$LATEST`, false],
  ['port', `${ARN}:$LATEST`, false],
  ['report-child', `${ARN}:$LATEST`, false],
  ['$LATEST', `${ARN}:$LATEST`, false],
  ['report', '', false],
])('the function %s and %s are the same: %s', (named, arn, same) => {
  expect(isSameFunction(named, arn)).toBe(same);
});
