/** Reads the body of POST /v1/executions into the request that the ledger stores. */

import { InvalidRequest, type ValidationError } from '../domain/errors.ts';
import type { ExecutionRequest } from '../domain/execution.ts';
import { parseFunctionName } from '../domain/function-name.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import { memberRange } from '../domain/raw-member.ts';
import type { JsonBody } from './json-text.ts';
import { parseJson } from './parse-json.ts';
import { type SubmitBody, submitSchema } from './schemas.ts';
import { bodyValidator } from './validate.ts';

const validate = bodyValidator<SubmitBody>(submitSchema);
const MOST_MEMBERS = 100;

export interface Submission {
  /** `completion` is empty if the bridge is to choose the channels */
  request: ExecutionRequest;
  /** the payload as a value, for the function policy's schema */
  payload: unknown;
  rerunFailed: boolean;
}

/**
 * @param json the unchanged body
 * @param idempotencyKey the header Idempotency-Key; a key in the body must be the same
 * @throws InvalidRequest with every error
 */
export function readSubmission(json: JsonBody, idempotencyKey: string | undefined): Submission {
  const value = parseJson(json.text);
  refuseBarePayload(value);
  const body = validate(value);
  const name = parseFunctionName(body.function);
  const errors = crossMemberErrors(body, name?.qualifier, idempotencyKey);
  if (!name)
    errors.unshift({ pointer: '/function', message: 'is neither a function name nor a Lambda function ARN' });
  if (!name || errors.length > 0) throw new InvalidRequest(errors);
  const qualifier = body.qualifier ?? name.qualifier;
  const key = body.idempotency_key ?? idempotencyKey;
  const payload = payloadIn(json);
  const request: ExecutionRequest = {
    function: name.function,
    ...(qualifier === undefined ? {} : { qualifier }),
    invocationType: body.invocation_type,
    logType: body.log_type,
    ...(body.client_context === undefined ? {} : { clientContext: body.client_context }),
    ...(body.tenant_id === undefined ? {} : { tenantId: body.tenant_id }),
    ...(payload === undefined ? {} : { payload }),
    ...(body.payload_ref === undefined ? {} : { payloadRef: toObjectRef(body.payload_ref) }),
    completion: [...(body.completion ?? [])],
    ...(body.timeout_seconds === undefined ? {} : { timeoutSeconds: body.timeout_seconds }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    envelope: body.envelope,
    labels: body.labels ?? {},
    ...(body.airflow === undefined
      ? {}
      : { airflow: body.airflow as NonNullable<ExecutionRequest['airflow']> }),
  };
  return { request, payload: body.payload, rerunFailed: body.rerun_failed };
}

/** A view of the body: the payload is not copied on its way to Lambda. */
function payloadIn({ bytes, text }: JsonBody): Uint8Array | undefined {
  const range = memberRange(text, 'payload');
  if (!range) return undefined;
  const length = Buffer.byteLength(text);
  // In ASCII, which most bodies are, positions in text and bytes are the same.
  const byteAt = (at: number) => (length === text.length ? at : Buffer.byteLength(text.slice(0, at)));
  const byteOrderMark = bytes.length - length;
  return bytes.subarray(byteOrderMark + byteAt(range.start), byteOrderMark + byteAt(range.end));
}

/**
 * Checks first whether the body is a payload without the members of a submit. It could have a million unknown members,
 * and each would be a validation error.
 */
function refuseBarePayload(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const members = Object.keys(value).length;
  if (members <= MOST_MEMBERS) return;
  const message = `has ${members} members, far more than this request has: put the payload into the member 'payload'`;
  throw new InvalidRequest([{ pointer: '', message }]);
}

/** Errors in the combination of several members. */
function crossMemberErrors(
  body: SubmitBody,
  ofName: string | undefined,
  header: string | undefined,
): ValidationError[] {
  const errors: ValidationError[] = [];
  if (body.payload !== undefined && body.payload_ref !== undefined)
    errors.push({ pointer: '/payload_ref', message: 'cannot be combined with payload' });
  if (body.qualifier !== undefined && ofName !== undefined && ofName !== body.qualifier)
    errors.push({ pointer: '/qualifier', message: `differs from the qualifier '${ofName}' in function` });
  if (header !== undefined && body.idempotency_key !== undefined && header !== body.idempotency_key)
    errors.push({ pointer: '/idempotency_key', message: 'differs from the Idempotency-Key header' });
  // No standard says how a header encodes characters beyond ASCII, so the key could differ from the same key in the
  // body.
  if (header !== undefined && !/^[\x20-\x7e]{1,255}$/.test(header))
    errors.push({
      pointer: '/idempotency_key',
      message: 'the Idempotency-Key header must have 1 to 255 ASCII characters',
    });
  if (body.client_context !== undefined && body.invocation_type !== 'RequestResponse')
    errors.push({
      pointer: '/client_context',
      message: 'reaches functions invoked with RequestResponse only',
    });
  return errors;
}

function toObjectRef(ref: NonNullable<SubmitBody['payload_ref']>): ObjectRef {
  return {
    uri: ref.uri,
    size: ref.size ?? 0,
    ...(ref.sha256 === undefined ? {} : { sha256: ref.sha256 }),
    ...(ref.content_type === undefined ? {} : { content_type: ref.content_type }),
  };
}
