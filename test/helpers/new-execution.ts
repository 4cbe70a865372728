/** What is submitted, with what a test does not care about filled in. */
import type { ExecutionRequest } from '../../src/domain/execution.ts';
import { newId } from '../../src/domain/id.ts';
import type { NewExecution } from '../../src/ledger/records.ts';

export function request(overrides: Partial<ExecutionRequest> = {}): ExecutionRequest {
  return {
    function: 'fn',
    invocationType: 'RequestResponse',
    logType: 'None',
    payload: Buffer.from('{"a": 1.0}'),
    completion: ['response'],
    envelope: false,
    labels: {},
    ...overrides,
  };
}

export function newExecution(
  overrides: Partial<ExecutionRequest> = {},
  rest: Partial<NewExecution> = {},
): NewExecution {
  const wanted = request(overrides);
  return {
    id: newId(),
    request: wanted,
    requestHash: String(wanted.payload),
    maxConcurrency: undefined,
    warnings: [],
    rerunFailed: false,
    lease: undefined,
    ...rest,
  };
}
