/**
 * The unstructured part of CloudWatch's filter patterns: words and quoted phrases that must all be there, `?a ?b` of
 * which one must be there, `-a` that must not. Matching is by case-sensitive substring.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { AwsError } from '../api/aws-error.js';

const TERM = /\s*([?-]?)(?:"((?:\\.|[^"\\])*)"|([^\s"]+))/y;
export function compileFilterPattern(pattern) {
  const text = pattern.trim();
  if (/^[{[%]/.test(text)) {
    throw invalid(
      'this local endpoint knows words and quoted phrases, not JSON, column or regular expression patterns',
    );
  }
  const all = [];
  const any = [];
  const none = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const [, sign, phrase, word] = TERM.exec(text) ?? [];
    if (sign === undefined) throw invalid('a quote is not closed');
    // The service refuses a bare request id: it must be quoted.
    if (word !== undefined && !/^[\w.$*]+$/.test(word))
      throw invalid(`Invalid character(s) in term '${word}'`);
    const term = word ?? (phrase ?? '').replaceAll(/\\(.)/g, '$1');
    (({ '?': any, '-': none })[sign] ?? all).push(term);
  }
  if (any.length > 0 && all.length + none.length > 0) {
    throw invalid('this local endpoint does not combine ? terms with others');
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}
function invalid(reason) {
  return new AwsError(400, 'InvalidParameterException', `Invalid filter pattern: ${reason}`);
}
//# sourceMappingURL=filter-pattern.js.map
