// Counts passed and failed tests from the report files of the test runners.
import { existsSync, readFileSync } from 'node:fs';

const nothing = { passed: 0, failed: 0 };

export function countOne(succeeded) {
  return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Counts a test file that could not be loaded as one failure: the report lists no tests for it. */
export function readVitest(file) {
  if (!existsSync(file)) return nothing;
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(file, 'utf8'));
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

export function readJunit(file) {
  if (!existsSync(file)) return nothing;
  const suite = /<testsuite [^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const count = (attribute) => Number(new RegExp(` ${attribute}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return { passed: count('tests') - failed - count('skipped'), failed };
}
