/**
 * The outcome object that a function with the envelope writes to S3:
 * `{"status":"succeeded","result":…}`, `{"status":"succeeded","result_ref":{"size","sha256","content_type"}}` for a
 * result that it uploaded, or `{"status":"failed","error":{"type","message","stack_trace"}}`.
 */
import { asNumber, asRecord, asText, parseRecord } from './foreign-json.ts';
import { describeError } from './function-error.ts';
import type { Failed, Outcome } from './outcome.ts';
import { rawMember } from './raw-member.ts';

const SHA256 = /^[0-9a-f]{64}$/;
/** The form of a content type. It becomes the Content-Type header of the response with the result. */
const HEADER_VALUE = /^[\x20-\x7e]{1,255}$/;

/** @param resultUri where the bridge let the function upload a large result */
export function parseWrittenOutcome(text: string, resultUri: string): Outcome {
  const body = parseRecord(text);
  if (!body) return malformedOutcome('is not a JSON object');
  if (body['status'] === 'failed') return failure(body);
  if (body['status'] !== 'succeeded')
    return malformedOutcome('has a status that is neither succeeded nor failed');
  if (body['result_ref'] !== undefined) return uploaded(body, resultUri);
  const result = rawMember(text, 'result');
  return { state: 'succeeded', ...(result === undefined ? {} : { result }) };
}

function failure(body: Record<string, unknown>): Outcome {
  const error = asRecord(body['error']) ?? {};
  const stack = error['stack_trace'];
  const frames = Array.isArray(stack) ? stack.map((frame) => asText(frame) ?? JSON.stringify(frame)) : [];
  return {
    state: 'failed',
    error: describeError(asText(error['type']), asText(error['message']) ?? '', frames),
  };
}

function uploaded(body: Record<string, unknown>, uri: string): Outcome {
  const ref = asRecord(body['result_ref']);
  const size = asNumber(ref?.['size']);
  const sha256 = asText(ref?.['sha256']);
  const contentType = asText(ref?.['content_type']) ?? '';
  if (size === undefined || sha256 === undefined || !SHA256.test(sha256))
    return malformedOutcome(
      'has a result_ref without the size and the hexadecimal sha256 of the uploaded bytes',
    );
  const resultRef = {
    uri,
    size,
    sha256,
    ...(HEADER_VALUE.test(contentType) && { content_type: contentType }),
  };
  return { state: 'succeeded', resultRef };
}

/** The function wrote an outcome that cannot be used. It will not write another one, so the attempt has failed. */
export function malformedOutcome(what: string): Failed {
  const message = `The outcome that the function wrote ${what}.`;
  return {
    state: 'failed',
    error: { kind: 'function_error', type: 'MalformedOutcome', message, retryable: true },
  };
}
