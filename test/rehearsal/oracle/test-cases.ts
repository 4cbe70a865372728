/** Test cases for the test oracle: observed executions, and the truth record of their runs. */
import { createHash } from 'node:crypto';
import type { TruthEntry, TruthRun } from '../../../packages/lambda-emulator/src/model.ts';
import { newId, traceRoot } from '../../../src/domain/id.ts';
import type { Observed } from '../observed.ts';
import type { ReportedAttempt, ReportedExecution } from '../reported.ts';
import type { Submission } from '../submissions.ts';

export const ID = newId();
export const RESULT = '{"n":5,"square":25}';

export function submission(channel = 'logs'): Submission {
  const payload = { n: 5, behaviour: 'ok', fault_key: 'x' };
  return {
    n: 5,
    channels: channel,
    body: { function: 'fn', invocation_type: 'Event', completion: [channel], envelope: false, payload },
  };
}

export function submissionTo(fn: string): Submission {
  const one = submission();
  return { ...one, body: { ...one.body, function: fn } };
}

export function withTimeout(channel: string): Submission {
  const one = submission(channel);
  return { ...one, body: { ...one.body, timeout_seconds: 60 } };
}

export function observe(reported: Partial<ReportedExecution>, more: Partial<Observed> = {}): Observed {
  return {
    submission: submission(),
    reported: {
      id: ID,
      state: 'succeeded',
      attempt: 1,
      settled_by: settledBy(reported),
      attempts: [],
      ...reported,
    },
    result: undefined,
    logLines: ['MARK 5. begins'],
    logTail: '',
    isLogComplete: true,
    ...more,
  };
}

export function attempt(more: Partial<ReportedAttempt>): ReportedAttempt {
  return { number: 1, started_at: '2030-01-01T00:00:10Z', late: false, ...more };
}

/** What settles an execution with the channel `logs`. */
function settledBy({ error }: Partial<ReportedExecution>): string {
  if (error?.kind === 'lost') return 'watcher';
  if (error?.kind === 'deadline_exceeded') return 'deadline';
  return error?.kind === 'throttled' ? 'invoke' : 'logs';
}

export function run(outcome: TruthRun['outcome'], errorType: string | null = null): TruthRun {
  return {
    request_id: 'r',
    log_stream: 's',
    started_at: '',
    ended_at: '',
    outcome,
    error_type: errorType,
    result_sha256: createHash('sha256').update(RESULT).digest('hex'),
    log_lines: 1,
    marked_log_lines: 1,
  };
}

export function entry(runs: TruthRun[], status = 202): TruthEntry {
  const unknown = {
    durable_execution_name: null,
    durable_execution_arn: null,
    execution_id: null,
    qualifier: null,
  };
  return {
    ...unknown,
    sequence: 1,
    revision: 1,
    received_at: '',
    request_id: 'r',
    function: 'fn',
    invocation_type: 'Event',
    trace_root: traceRoot(ID, 1),
    payload_sha256: '',
    fault: null,
    status,
    answer: 'whole',
    runs,
    ends: [],
  };
}

export const failed = (kind: string, type?: string, message = ''): Partial<ReportedExecution> => ({
  state: 'failed',
  error: { kind, message, ...(type === undefined ? {} : { type }) },
});
