import { describe, expect, it } from 'vitest';
import { newId } from '../../src/domain/id.ts';
import { contractFaults } from '../helpers/contract.ts';

// Every answer that a test gets over HTTP passes this check (helpers/api.ts); here it shows that it can fail.
const EXECUTION = {
  id: newId(),
  state: 'queued',
  function: 'resize',
  invocation_type: 'Event',
  completion: ['logs'],
  created_at: '2026-01-02T03:04:05.678Z',
  attempt: 0,
  warnings: [],
  labels: {},
};
const PROBLEM = {
  type: 'urn:airflow-lambda-bridge:problem:not_found',
  title: 'Not found',
  status: 404,
  detail: 'There is none.',
  code: 'not_found',
};

const faults = (status: number, body: object, contentType = 'application/json') =>
  contractFaults('GET', `/v1/executions/${EXECUTION.id}?wait=1`, {
    status,
    contentType,
    text: JSON.stringify(body),
  });
const problemFaults = (status: number, body: object) => faults(status, body, 'application/problem+json');

describe('an answer', () => {
  it('passes when the contract describes it', () => {
    expect(faults(200, EXECUTION)).toEqual([]);
    expect(problemFaults(404, PROBLEM)).toEqual([]);
  });

  it.each<[what: string, body: object, said: RegExp]>([
    ['misses a member', { ...EXECUTION, state: undefined }, /required property 'state'/],
    ['has a state that is none', { ...EXECUTION, state: 'lost' }, /^\/state/],
    ['holds a null', { ...EXECUTION, qualifier: null }, /^\/qualifier must be string/],
    ['has a time that is none', { ...EXECUTION, created_at: 'today' }, /^\/created_at/],
    [
      'holds what the contract does not describe',
      { ...EXECUTION, secret: 1 },
      /additional properties.*secret/,
    ],
    [
      'holds it further inside',
      { ...EXECUTION, warnings: [{ code: 'a', message: 'b', more: 1 }] },
      /^\/warnings\/0 .*more/,
    ],
  ])('is found out when it %s', (_what, body, said) => {
    expect(faults(200, body)).toEqual([expect.stringMatching(said)]);
  });

  it.each<[what: string, found: string[], said: RegExp]>([
    ['a status that is not in the contract', faults(202, EXECUTION), /no status 202/],
    ['a type that is not JSON', faults(200, EXECUTION, 'text/html'), /content type is text\/html/],
    ['a problem of another type', faults(404, PROBLEM), /content type/],
    ['a problem of another status', problemFaults(403, PROBLEM), /the problem says 404/],
    ['a problem without a code', problemFaults(404, { ...PROBLEM, code: undefined }), /property 'code'/],
    [
      'a problem whose type names another code',
      problemFaults(404, { ...PROBLEM, code: 'x' }),
      /does not name/,
    ],
  ])('is found out with %s', (_what, found, said) => {
    expect(found).toEqual([expect.stringMatching(said)]);
  });
});
