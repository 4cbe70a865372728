/**
 * CloudWatch's filter patterns for unstructured text: a message must contain every word and quoted phrase, at least one
 * of the `?a ?b` terms, and none of the `-a` terms. Terms are case-sensitive substrings.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { AwsError } from '../api/aws-error.ts';

const TERM = /\s*([?-]?)(?:"((?:\\.|[^"\\])*)"|([^\s"]+))/y;

export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (/^[{[%]/.test(text)) {
    throw invalid(
      'the Lambda emulator supports words and quoted phrases, not JSON, column or regular expression patterns',
    );
  }
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const [, sign, phrase, word] = TERM.exec(text) ?? [];
    if (sign === undefined) throw invalid('a quote is not closed');
    // CloudWatch rejects an unquoted request id.
    if (word !== undefined && !/^[\w.$*]+$/.test(word))
      throw invalid(`Invalid character(s) in term '${word}'`);
    const term = word ?? (phrase ?? '').replaceAll(/\\(.)/g, '$1');
    (({ '?': any, '-': none })[sign] ?? all).push(term);
  }
  if (any.length > 0 && all.length + none.length > 0) {
    throw invalid('the Lambda emulator does not combine ? terms with others');
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}

function invalid(reason: string): AwsError {
  return new AwsError(400, 'InvalidParameterException', `Invalid filter pattern: ${reason}`);
}
