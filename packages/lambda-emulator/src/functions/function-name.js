/** The ways to name a function in a Lambda request, and ARNs. */
import { AwsError, constraintBroken } from '../api/aws-error.js';
/** The account of AWS's own examples; ARNs of any other account are taken as well, so that a real DAG runs as it is. */
export const ACCOUNT_ID = '123456789012';
export const LATEST = '$LATEST';
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, FunctionName
const NAME =
  /^(?:arn:aws[a-zA-Z-]*:lambda:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):\d{12}:function:|\d{12}:function:|function:)?(?<name>[a-zA-Z0-9-_]{1,64})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;
/** @throws AwsError for a malformed name, another region's ARN, or two qualifiers that differ */
export function parseFunctionName(text, queryQualifier, region) {
  const parts = NAME.exec(text)?.groups;
  if (!parts?.['name'])
    throw constraintBroken(text, 'functionName', `regular expression pattern: ${NAME.source}`);
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
export function functionArn(region, name, qualifier) {
  const arn = `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${name}`;
  return qualifier ? `${arn}:${qualifier}` : arn;
}
//# sourceMappingURL=function-name.js.map
