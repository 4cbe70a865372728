/** Executions to judge, and what ran of them. */
import { createHash } from 'node:crypto';
import { newId, traceRoot } from '../../../src/domain/id.ts';
import type { TruthEntry, TruthRun } from '../../../src/local/truth-record.ts';
import type { Seen, Told, ToldAttempt } from '../observed.ts';
import type { Planned } from '../submissions.ts';

export const ID = newId();
export const RESULT = '{"n":5,"square":25}';

export function planned(way = 'logs'): Planned {
  const payload = { n: 5, behave: 'ok', fault_key: 'x' };
  return {
    n: 5,
    way,
    body: { function: 'fn', invocation_type: 'Event', completion: [way], envelope: false, payload },
  };
}

export function withDeadline(way: string): Planned {
  const one = planned(way);
  return { ...one, body: { ...one.body, timeout_seconds: 60 } };
}

export function seen(told: Partial<Told>, more: Partial<Seen> = {}): Seen {
  return {
    planned: planned(),
    told: { id: ID, state: 'succeeded', attempt: 1, settled_by: settlerOf(told), attempts: [], ...told },
    result: undefined,
    lines: ['MARK 5. begins'],
    tail: '',
    logComplete: true,
    ...more,
  };
}

export function attempt(more: Partial<ToldAttempt>): ToldAttempt {
  return { number: 1, started_at: '2030-01-01T00:00:10Z', late: false, ...more };
}

/** Of the channel `logs`, which most executions here ask for. */
export function settlerOf({ error }: Partial<Told>): string {
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

export const failed = (kind: string, type?: string, message = ''): Partial<Told> => ({
  state: 'failed',
  error: { kind, message, ...(type === undefined ? {} : { type }) },
});
