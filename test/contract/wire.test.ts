import { describe, expect, it } from 'vitest';
import { executionJson, executionSummary } from '../../src/contract/wire.ts';
import type { ExecutionDetail } from '../../src/domain/execution.ts';

const CREATED = new Date('2026-01-02T03:04:05.678Z');

const queued: ExecutionDetail = {
  id: '019b7c3e-0000-7000-8000-000000000000',
  state: 'queued',
  function: 'resize',
  qualifier: null,
  envelope: false,
  invocationType: 'RequestResponse',
  logType: 'None',
  tenantId: null,
  completion: ['response'],
  createdAt: CREATED,
  startedAt: null,
  finishedAt: null,
  deadlineAt: null,
  cancelRequestedAt: null,
  attempt: 0,
  settledBy: null,
  error: null,
  warnings: [],
  payloadRef: null,
  airflow: null,
  labels: {},
  idempotencyKey: null,
  previousId: null,
  requestId: null,
  executedVersion: null,
  result: null,
  resultType: null,
  resultRef: null,
  logTail: null,
  billing: null,
  attempts: [],
};

const json = (overrides: Partial<ExecutionDetail>, extra?: Parameters<typeof executionJson>[1]) =>
  executionJson({ ...queued, ...overrides }, extra).text;

describe('executionJson', () => {
  it('leaves out what has no value', () => {
    expect(JSON.parse(json({}))).toEqual({
      id: queued.id,
      state: 'queued',
      function: 'resize',
      invocation_type: 'RequestResponse',
      log_type: 'None',
      completion: ['response'],
      created_at: '2026-01-02T03:04:05.678Z',
      attempt: 0,
      warnings: [],
      labels: {},
      attempts: [],
    });
  });

  it('keeps values that are only falsy', () => {
    expect(JSON.parse(json({ attempt: 0, logTail: '' }))).toMatchObject({ attempt: 0, log_tail: '' });
  });

  it.each(['1.0', '12345678901234567890', '{"b" : 1,"a":[ ]}', '"\\u00e9"', 'null', 'false', '""', ' {} '])(
    'shows the result %s as the function wrote it',
    (result) => {
      const text = json({ state: 'succeeded', result });
      expect(text.endsWith(`,"result":${result}}`)).toBe(true);
      expect(JSON.parse(text).result).toEqual(JSON.parse(result));
    },
  );

  it.each(['plain text', '', '{"a":', '1 2', '"quote', '\u0000'])(
    'shows a result that is not JSON as a string: %j',
    (result) => {
      expect(JSON.parse(json({ state: 'succeeded', result })).result).toBe(result);
    },
  );

  it('shows attempts, without what has no value', () => {
    const attempt = {
      number: 1,
      phase: 'invoking',
      startedAt: CREATED,
      endedAt: null,
      requestId: null,
      executedVersion: null,
      doubt: null,
      doubtCode: null,
      durableExecutionArn: null,
      pausedAt: null,
      heartbeatAt: null,
      progress: null,
      channel: null,
      outcome: null,
      late: false,
      error: null,
      deliveries: null,
      proof: null,
    } as const;
    expect(JSON.parse(json({ state: 'running', attempt: 1, attempts: [attempt] })).attempts).toEqual([
      { number: 1, phase: 'invoking', started_at: '2026-01-02T03:04:05.678Z', late: false },
    ]);
  });

  it('adds what a call has to say besides', () => {
    const cancellation = { effect: 'not_started', message: 'It was queued.' } as const;
    expect(JSON.parse(json({ result: '1' }, { cancellation }))).toMatchObject({ cancellation, result: 1 });
  });
});

describe('executionSummary', () => {
  it('holds neither result nor log nor attempts', () => {
    const summary = executionSummary({ ...queued, result: '1', logTail: 'x' } as ExecutionDetail);
    expect(Object.keys(summary)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(result|log_tail|attempts)$/)]),
    );
  });
});
