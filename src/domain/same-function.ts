import { parseFunctionName } from './function-name.ts';

/**
 * Whether an ARN that Lambda wrote is that of a function as the user named it, without its qualifier: a bare name is that
 * of any account and Region, as policies take it.
 */
export function isSameFunction(named: string, arn: string): boolean {
  const ran = parseFunctionName(arn)?.function;
  return ran !== undefined && (ran === named || ran.endsWith(`:${named}`));
}
