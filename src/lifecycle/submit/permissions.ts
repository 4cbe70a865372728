import { payloadValidator } from '../../contract/validate.ts';
import { InvalidRequest, NotAllowed } from '../../domain/errors.ts';
import type { ExecutionRequest } from '../../domain/execution.ts';
import { bareName } from '../../domain/function-name.ts';
import { type FunctionPolicy, matches, policyFor } from '../../domain/policy.ts';
import { parseS3Uri } from '../../domain/s3-uri.ts';

/** Checks requests against the configuration: functions, payload schemas and buckets. */
export class Permissions {
  readonly #policies: readonly FunctionPolicy[];
  readonly #buckets: readonly string[];
  readonly #payloadErrors: Map<FunctionPolicy, ReturnType<typeof payloadValidator>>;

  constructor(policies: readonly FunctionPolicy[], buckets: readonly string[]) {
    this.#policies = policies;
    this.#buckets = buckets;
    this.#payloadErrors = new Map(
      policies.flatMap((policy) =>
        policy.inputSchema ? [[policy, payloadValidator(policy.inputSchema)]] : [],
      ),
    );
  }

  /** @returns the policy for this request @throws NotAllowed, InvalidRequest */
  check(request: ExecutionRequest, payload: unknown): FunctionPolicy {
    const policy = policyFor(this.#policies, request.function);
    if (!policy?.allow)
      throw new NotAllowed(
        'function_not_allowed',
        `The function policy does not allow '${bareName(request.function)}'. Ask the bridge's operator to list it.`,
        [{ pointer: '/function', message: 'is outside the function policy' }],
      );
    if (request.payloadRef) this.checkBucket(request.payloadRef.uri, '/payload_ref/uri');
    // Without a payload the function receives {}; null is a payload. The bridge does not read payloads in S3, so it
    // validates only inline payloads.
    const event = payload === undefined ? {} : payload;
    const errors = request.payloadRef ? [] : (this.#payloadErrors.get(policy)?.(event) ?? []);
    if (errors.length > 0) throw new InvalidRequest(errors, 'payload_invalid');
    return policy;
  }

  checkBucket(uri: string, pointer: string): void {
    const bucket = parseS3Uri(uri)?.bucket;
    if (bucket === undefined) throw new InvalidRequest([{ pointer, message: 'must be s3://bucket/key' }]);
    if (this.#buckets.some((pattern) => matches(pattern, bucket))) return;
    throw new NotAllowed(
      'bucket_not_allowed',
      `The policy does not allow bucket '${bucket}'. Ask the bridge's operator to list it under buckets.`,
      [{ pointer, message: 'names a bucket outside the policy' }],
    );
  }
}
