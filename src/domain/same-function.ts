import { parseFunctionName } from './function-name.ts';

/**
 * Whether an ARN from Lambda belongs to the function that the user named, whatever its qualifier. A bare name matches
 * the function of that name in any account and Region, as in policies.
 */
export function isSameFunction(named: string, arn: string): boolean {
  const ran = parseFunctionName(arn)?.function;
  return ran !== undefined && (ran === named || ran.endsWith(`:${named}`));
}
