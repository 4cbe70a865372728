import { bareName } from './function-name.ts';

export const UNPROVEN = ['succeed', 'fail'] as const;
export type UnprovenPolicy = (typeof UNPROVEN)[number];

/** What the bridge allows and limits for the functions whose bare name matches `name`. */
export interface FunctionPolicy {
  /** a pattern: `*` stands for any characters, `?` for one */
  name: string;
  allow: boolean;
  /** how many attempts of one function may be open at the same time, over all replicas */
  maxConcurrency?: number;
  /** the deadline of executions that set no deadline, in seconds from the submit */
  timeoutSeconds?: number;
  /** the tenant of executions that name no tenant */
  tenantId?: string;
  /** the completion channels of executions that name no channels */
  completion?: string[];
  /** URL of the SQS queue that is the function's on-success and on-failure destination */
  queue?: string;
  /** the bucket that is the function's on-failure destination */
  failureBucket?: string;
  /** a JSON Schema (2020-12) for the payload */
  inputSchema?: object;
  /** what to do if the end of a run cannot be proven; absent: `succeed`, with the warning `end_not_proven` */
  unproven?: UnprovenPolicy;
  /** true: only this bridge invokes the function */
  exclusive?: boolean;
}

export function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(text);
}

/** The first policy that matches. If there are no policies, every function is allowed; otherwise a policy must match. */
export function policyFor(policies: readonly FunctionPolicy[], fn: string): FunctionPolicy | undefined {
  if (policies.length === 0) return { name: '*', allow: true };
  return policies.find((policy) => matches(policy.name, bareName(fn)));
}
