/** Parses the function names and ARNs of Lambda requests, and builds ARNs. */
import { AwsError, constraintViolated } from '../api/aws-error.ts';

/** The account of AWS's examples. ARNs of other accounts are accepted, too, so that a real DAG runs unchanged. */
export const ACCOUNT_ID = '123456789012';
export const LATEST = '$LATEST';

export interface FunctionReference {
  name: string;
  /** requested version or alias; null if the request has none */
  qualifier: string | null;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, FunctionName
const NAME =
  /^(?:arn:aws[a-zA-Z-]*:lambda:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):\d{12}:function:|\d{12}:function:|function:)?(?<name>[a-zA-Z0-9-_]{1,64})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;

/** @throws AwsError for a malformed name, an ARN of another region, or two different qualifiers */
export function parseFunctionName(
  text: string,
  queryQualifier: string | null,
  region: string,
): FunctionReference {
  const parts = NAME.exec(text)?.groups;
  if (!parts?.['name'])
    throw constraintViolated(text, 'functionName', `regular expression pattern: ${NAME.source}`);
  if (parts['region'] && parts['region'] !== region) {
    throw new AwsError(
      404,
      'ResourceNotFoundException',
      `Functions from '${parts['region']}' are not reachable in this region ('${region}')`,
    );
  }
  const qualifier = parts['qualifier'] ?? null;
  if (qualifier && queryQualifier && qualifier !== queryQualifier) {
    throw new AwsError(
      400,
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  return { name: parts['name'], qualifier: qualifier ?? queryQualifier };
}

export function functionArn(region: string, name: string, qualifier: string | null): string {
  const arn = `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${name}`;
  return qualifier ? `${arn}:${qualifier}` : arn;
}
