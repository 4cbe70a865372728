/**
 * The forms in which Lambda takes a function's name: `name`, `name:qualifier`, `account:function:name[:qualifier]`
 * and the full ARN. Partitions, Regions, qualifiers and lengths are those of the pattern of Invoke's FunctionName:
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html. Unlike there, a name has no dot, as CreateFunction
 * allows none: the name `..` would be another path of Lambda's API.
 */
const REGION = '(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\\d';
const QUALIFIER = '\\$LATEST(?:\\.PUBLISHED)?|[a-zA-Z0-9-_]{1,128}';
const FORM = new RegExp(
  `^(?<prefix>(?:(?:arn:aws[a-zA-Z-]*:lambda:)?${REGION}:)?\\d{12}:function:)?` +
    `(?<name>[a-zA-Z0-9-_]{1,64})(?::(?<qualifier>${QUALIFIER}))?$`,
);

/** For JSON Schema. `$LATEST.PUBLISHED` is the published version of Lambda Managed Instances. */
export const QUALIFIER_PATTERN = `^(?:${QUALIFIER})$`;

/** What an absent qualifier means; durable functions are invoked with a qualifier only, so there it is written out. */
export const LATEST = '$LATEST';

export interface FunctionName {
  /** what Invoke is given: the name or ARN without its qualifier */
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

/** The bare name of any form, which policies match and log groups are named after. */
export function bareName(text: string): string {
  const fn = parseFunctionName(text)?.function ?? text;
  return fn.slice(fn.lastIndexOf(':') + 1);
}
