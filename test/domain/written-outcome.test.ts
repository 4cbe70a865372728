import { describe, expect, it } from 'vitest';
import { parseWrittenOutcome } from '../../src/domain/written-outcome.ts';

const URI = 's3://bucket/prefix/results/id/1';
const read = (text: string) => parseWrittenOutcome(text, URI);

describe('a reported outcome', () => {
  it('keeps the result as the function wrote it', () => {
    expect(read('{"status":"succeeded", "result": {"n": 1.0} }')).toEqual({
      state: 'succeeded',
      result: '{"n": 1.0}',
    });
    expect(read('{"status":"succeeded","result":null}')).toEqual({ state: 'succeeded', result: 'null' });
    expect(read('{"status":"succeeded"}')).toEqual({ state: 'succeeded' });
  });

  it('refers to a result that the function uploaded', () => {
    const sha256 = 'a'.repeat(64);
    const ref = { size: 7, sha256, content_type: 'text/csv', uri: 's3://elsewhere/secret' };
    expect(read(JSON.stringify({ status: 'succeeded', result_ref: ref }))).toEqual({
      state: 'succeeded',
      resultRef: { uri: URI, size: 7, sha256, content_type: 'text/csv' },
    });
  });

  it('leaves out a content type that no header can hold', () => {
    const ref = { size: 7, sha256: 'a'.repeat(64), content_type: 'text/plain\r\nSet-Cookie: a' };
    const outcome = read(JSON.stringify({ status: 'succeeded', result_ref: ref }));
    expect(outcome).toMatchObject({ resultRef: { uri: URI, size: 7 } });
    expect(JSON.stringify(outcome)).not.toContain('Cookie');
  });

  it('tells what the function raised', () => {
    const error = { type: 'ValueError', message: 'boom', stack_trace: ['line 1'] };
    expect(read(JSON.stringify({ status: 'failed', error }))).toEqual({
      state: 'failed',
      error: { kind: 'function_error', ...error, retryable: true },
    });
    expect(read('{"status":"failed"}')).toMatchObject({ state: 'failed', error: { kind: 'function_error' } });
  });

  it.each([
    ['no JSON', 'oops'],
    ['no object', '[]'],
    ['no status', '{}'],
    ['an unknown status', '{"status":"done"}'],
    ['a reference without a size', `{"status":"succeeded","result_ref":{"sha256":"${'a'.repeat(64)}"}}`],
    ['a reference with half a hash', '{"status":"succeeded","result_ref":{"size":1,"sha256":"aa"}}'],
  ])('that is malformed fails, and says how: %s', (_case, text) => {
    expect(read(text)).toMatchObject({
      state: 'failed',
      error: {
        kind: 'function_error',
        type: 'MalformedOutcome',
        message: expect.stringMatching(/^The outcome that the function wrote /),
      },
    });
  });
});
