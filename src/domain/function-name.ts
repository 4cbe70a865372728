/**
 * The forms of a function's name that Lambda accepts: `name`, `name:qualifier`, `account:function:name[:qualifier]` and
 * the full ARN. Partitions, Regions, qualifiers and lengths are those of the pattern for Invoke's FunctionName:
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html. There is one difference: a name must not contain a
 * dot. CreateFunction allows none, and the name `..` would change the path of a request to Lambda's API.
 */
const REGION = '(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\\d';
const QUALIFIER = '\\$LATEST(?:\\.PUBLISHED)?|[a-zA-Z0-9-_]{1,128}';
const FORM = new RegExp(
  `^(?<prefix>(?:(?:arn:aws[a-zA-Z-]*:lambda:)?${REGION}:)?\\d{12}:function:)?` +
    `(?<name>[a-zA-Z0-9-_]{1,64})(?::(?<qualifier>${QUALIFIER}))?$`,
);

/** For JSON Schema. `$LATEST.PUBLISHED` is the published version of Lambda Managed Instances. */
export const QUALIFIER_PATTERN = `^(?:${QUALIFIER})$`;

/**
 * What an absent qualifier means. It is sent for durable functions, because Lambda invokes them only with a qualifier.
 */
export const LATEST = '$LATEST';

export interface FunctionName {
  /** the name or ARN without its qualifier, as it is sent to Invoke */
  function: string;
  qualifier?: string;
}

/** The parts of a function's name, or undefined when it has none of Lambda's forms. */
export function parseFunctionName(text: string): FunctionName | undefined {
  const parts = FORM.exec(text)?.groups;
  if (!parts) return undefined;
  const { prefix = '', name = '', qualifier } = parts;
  return qualifier === undefined ? { function: prefix + name } : { function: prefix + name, qualifier };
}

/** The bare name in any of these forms. The patterns of policies match it, and default log groups contain it. */
export function bareName(text: string): string {
  const fn = parseFunctionName(text)?.function ?? text;
  return fn.slice(fn.lastIndexOf(':') + 1);
}
