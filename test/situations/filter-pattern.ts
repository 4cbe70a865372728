/** Filter patterns of CloudWatch Logs. */

/**
 * Terms in quotes or bare; `?` before a term makes it one of several alternatives, `-` forbids it:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function matchesPattern(pattern: string | undefined, message: string): boolean {
  const terms = [...(pattern ?? '').matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, sign = '', quoted, bare = '']) => ({ sign, found: message.includes(quoted ?? bare) }),
  );
  const alternatives = terms.filter(({ sign }) => sign === '?');
  return (
    terms.every(({ sign, found }) => (sign === '' ? found : sign === '-' ? !found : true)) &&
    (alternatives.length === 0 || alternatives.some(({ found }) => found))
  );
}
