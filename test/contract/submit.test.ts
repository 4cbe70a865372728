import { describe, expect, it } from 'vitest';
import { readSubmission } from '../../src/contract/submit.ts';
import { InvalidRequest } from '../../src/domain/errors.ts';

function read(body: object | string, header?: string) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readSubmission({ text, bytes: Buffer.from(text) }, header);
}

function refusal(body: object | string, header?: string): InvalidRequest {
  try {
    read(body, header);
  } catch (error) {
    if (error instanceof InvalidRequest) return error;
    throw error;
  }
  throw new Error('the body was taken');
}

const pointers = (error: InvalidRequest) => error.validationErrors.map(({ pointer }) => pointer);

describe('readSubmission', () => {
  it('fills in the defaults of the shortest body', () => {
    expect(read({ function: 'resize' })).toEqual({
      request: {
        function: 'resize',
        invocationType: 'RequestResponse',
        logType: 'None',
        completion: [],
        envelope: false,
        labels: {},
      },
      payload: undefined,
      rerunFailed: false,
    });
  });

  it('takes over every member', () => {
    const submission = read({
      function: 'resize:live',
      payload_ref: { uri: 's3://data/key', size: 7, sha256: 'a'.repeat(64), content_type: 'text/csv' },
      invocation_type: 'RequestResponse',
      completion: ['response'],
      envelope: true,
      log_type: 'Tail',
      client_context: 'e30=',
      timeout_seconds: 1.5,
      idempotency_key: 'key',
      rerun_failed: true,
      labels: { team: 'a' },
      airflow: { dag_id: 'd', run_id: 'r', task_id: 't', try_number: 2 },
    });
    expect(submission).toEqual({
      request: {
        function: 'resize',
        qualifier: 'live',
        invocationType: 'RequestResponse',
        logType: 'Tail',
        clientContext: 'e30=',
        payloadRef: { uri: 's3://data/key', size: 7, sha256: 'a'.repeat(64), content_type: 'text/csv' },
        completion: ['response'],
        envelope: true,
        timeoutSeconds: 1.5,
        idempotencyKey: 'key',
        labels: { team: 'a' },
        airflow: { dag_id: 'd', run_id: 'r', task_id: 't', map_index: -1, try_number: 2 },
      },
      payload: undefined,
      rerunFailed: true,
    });
  });

  it.each([
    '1.0',
    '12345678901234567890',
    '{"b":1, "a":2,"b":3}',
    '"\\u00e9\\ud83d\\ude00"',
    'null',
    'false',
    '""',
    '[ ]',
  ])('keeps the payload as it was written', (payload) => {
    const submission = read(`{ "function": "resize", "payload" : ${payload}\n}`);
    expect(String(submission.request.payload)).toBe(payload);
    expect(submission.payload).toEqual(JSON.parse(payload));
  });

  it('bears a payload nested deeper than the stack is', () => {
    const payload = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(String(read(`{"function": "resize", "payload": ${payload}}`).request.payload)).toBe(payload);
  });

  it('takes the qualifier of the name and the member when they agree', () => {
    expect(read({ function: 'resize:7', qualifier: '7' }).request).toMatchObject({
      function: 'resize',
      qualifier: '7',
    });
    expect(read({ function: 'resize', qualifier: '$LATEST' }).request.qualifier).toBe('$LATEST');
    const published = '$LATEST.PUBLISHED';
    expect(read({ function: 'resize', qualifier: published }).request.qualifier).toBe(published);
    expect(read({ function: `resize:${published}` }).request).toMatchObject({
      function: 'resize',
      qualifier: published,
    });
  });

  it('takes the idempotency key of the header, of the body, or of both when they agree', () => {
    expect(read({ function: 'a' }, 'key').request.idempotencyKey).toBe('key');
    expect(read({ function: 'a', idempotency_key: 'key' }, 'key').request.idempotencyKey).toBe('key');
  });
});

describe('a body that contradicts itself', () => {
  it.each<[what: string, body: object, pointer: string, header?: string]>([
    ['payload and payload_ref', { payload: null, payload_ref: { uri: 's3://b/k' } }, '/payload_ref'],
    ['two qualifiers', { function: 'resize:live', qualifier: '7' }, '/qualifier'],
    ['two idempotency keys', { idempotency_key: 'one' }, '/idempotency_key', 'other'],
    ['an empty key in the header', {}, '/idempotency_key', ''],
    ['a key in the header that is too long', {}, '/idempotency_key', 'k'.repeat(256)],
    [
      'a client context for an Event',
      { invocation_type: 'Event', client_context: 'e30=' },
      '/client_context',
    ],
    ['a name that is none', { function: 'no such name' }, '/function'],
  ])('is refused: %s', (_what, body, pointer, header) => {
    const error = refusal({ function: 'resize', ...body }, header);
    expect(error).toMatchObject({ code: 'invalid_request', httpStatus: 422 });
    expect(pointers(error)).toEqual([pointer]);
  });

  it('has all of it told at once', () => {
    const error = refusal(
      {
        function: 'no such name',
        payload: 1,
        payload_ref: { uri: 's3://b/k' },
        client_context: 'e30=',
        invocation_type: 'Event',
        idempotency_key: 'one',
      },
      'other',
    );
    expect(pointers(error)).toEqual(['/function', '/payload_ref', '/idempotency_key', '/client_context']);
    expect(error.message).toContain('and 3 more');
  });
});

describe('a body outside the schema', () => {
  it.each<[object, string[]]>([
    [{}, ['/function']],
    [{ function: 7 }, ['/function']],
    [{ function: '' }, ['/function']],
    [{ function: 'a', payloads: 1 }, ['/payloads']],
    [{ function: 'a', 'odd/na~me': 1 }, ['/odd~1na~0me']],
    [{ function: 'a', invocation_type: 'Sync' }, ['/invocation_type']],
    [{ function: 'a', completion: [] }, ['/completion']],
    [{ function: 'a', completion: ['logs', 'logs'] }, ['/completion']],
    [{ function: 'a', timeout_seconds: 0 }, ['/timeout_seconds']],
    [{ function: 'a', timeout_seconds: '5' }, ['/timeout_seconds']],
    [{ function: 'a', rerun_failed: 1 }, ['/rerun_failed']],
    [{ function: 'a', idempotency_key: 'a\nb' }, ['/idempotency_key']],
    [{ function: 'a', labels: { team: 1 } }, ['/labels/team']],
    [{ function: 'a', labels: { 'a\tb': 'x' } }, ['/labels/a\tb']],
    [{ function: 'a', payload_ref: { uri: 'https://b/k' } }, ['/payload_ref/uri']],
    [{ function: 'a', payload_ref: { url: 's3://b/k' } }, ['/payload_ref/uri', '/payload_ref/url']],
    [
      { function: 'a', airflow: { dag_id: 'd', run_id: 'r', map_index: 1.5 } },
      ['/airflow/task_id', '/airflow/map_index'],
    ],
    [
      { function: 'a', airflow: { dag_id: 'd', run_id: 'r', task_id: 't', map_index: 2 ** 31 } },
      ['/airflow/map_index'],
    ],
    [{ log_type: 'All', client_context: '{}', x: 1 }, ['/function', '/x', '/log_type', '/client_context']],
  ])('has the members named that are wrong: %j', (body, where) => {
    const error = refusal(body);
    expect(error).toMatchObject({ code: 'invalid_request', httpStatus: 422 });
    expect(pointers(error).sort()).toEqual(where.toSorted());
  });

  it.each(['[]', '7', '"text"', 'null'])('is refused when it is no object: %s', (body) => {
    expect(refusal(body).validationErrors).toEqual([{ pointer: '', message: 'must be object' }]);
  });

  it('knows no member that hides in the prototype', () => {
    expect(pointers(refusal('{"function":"a","__proto__":{"rerun_failed":true}}'))).toEqual(['/__proto__']);
    expect(pointers(refusal('{"function":"a","constructor":1}'))).toEqual(['/constructor']);
  });
});

describe('text that is no JSON', () => {
  it.each([
    '',
    '{',
    '{"function": "a", "payload": {"password": S3CRET}}',
    '{"function": "a", "payload": "S3CRET',
    'S3CRET',
    '{"payload": "S3CRET\n"}',
    '{"function": "a",} S3CRET',
    '{"function": "a"} {"payload": "S3CRET"}',
  ])('is refused without being quoted: %j', (text) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: 'malformed_json', httpStatus: 400 });
    expect(JSON.stringify([error.message, error.validationErrors])).not.toContain('S3CRET');
    expect(error.validationErrors).toEqual([
      { pointer: '', message: expect.stringContaining('is not valid JSON') },
    ]);
  });

  it('has the place told where it breaks', () => {
    expect(refusal('{"function": "a" "payload": 1}').message).toContain('character 17');
  });
});
