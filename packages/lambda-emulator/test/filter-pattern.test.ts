import { expect, test } from 'vitest';
import { compileFilterPattern } from '../src/logs/filter-pattern.ts';

const ID = '1f6692ba-5884-4fe4-a2ef-ce0a6cf50829';

test.for([
  ['', 'anything', true],
  ['ERROR', '[ERROR] x', true],
  ['ERROR', '[error] x', false],
  ['ERROR Exception', 'Exception after ERROR', true],
  ['ERROR Exception', 'only ERROR', false],
  [`"${ID}"`, `END RequestId: ${ID}`, true],
  [`"END RequestId: ${ID}"`, `START RequestId: ${ID}`, false],
  ['"say \\"hello\\""', 'they say "hello"', true],
  ['?REPORT ?START', 'START RequestId', true],
  ['?REPORT ?"END Req"', 'END RequestId', true],
  ['?REPORT ?START', 'END RequestId', false],
  ['RequestId -START', 'START RequestId', false],
  ['RequestId -"START R"', 'END RequestId', true],
] as const)('the filter pattern %j on %j: %s', ([pattern, message, matches]) => {
  expect(compileFilterPattern(pattern)(message)).toBe(matches);
});

test.for([
  [ID, `Invalid character(s) in term '${ID}'`],
  ['"open', 'a quote is not closed'],
  ['{ $.level = "ERROR" }', 'not JSON'],
  ['[ip, user]', 'not JSON'],
  ['%re.*%', 'not JSON'],
  ['?a ?b c', 'does not combine'],
] as const)('the filter pattern %j is rejected: %s', ([pattern, reason]) => {
  expect(() => compileFilterPattern(pattern)).toThrow(reason);
});
