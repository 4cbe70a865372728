/** What a completion channel reports about one attempt. Remote failures are values, never exceptions. */
import type { ObjectRef } from './object-ref.ts';
import type { ResultContent } from './result-content.ts';

export const ERROR_KINDS = [
  'function_error',
  'timed_out',
  'out_of_memory',
  'invoke_rejected',
  'throttled',
  'lost',
  'deadline_exceeded',
  'cancelled',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface ExecutionError {
  kind: ErrorKind;
  /** Lambda's `errorType`, e.g. `ValueError` or `Sandbox.Timedout`; the AWS exception name for a refusal */
  type?: string;
  message: string;
  stack_trace?: string[];
  /** whether running the function again may help; Airflow's own retries decide */
  retryable: boolean;
}

/** Figures of the REPORT line. */
export interface Billing {
  duration_ms?: number;
  billed_ms?: number;
  memory_mb?: number;
  max_memory_mb?: number;
  init_ms?: number;
}

/**
 * What proves an outcome that was learnt from logs. `report_status`: Lambda's own status; `platform_error`: a line of the
 * platform; `runtime_record`: the error record of the runtime's client; `silence`: a complete log without such a record, of
 * a runtime that writes one for every error; `trace`: the X-Ray trace; `error_metric`: Lambda's Errors metric; `assumed`:
 * nothing, the function policy decided.
 */
export const PROOFS = [
  'report_status',
  'platform_error',
  'runtime_record',
  'silence',
  'trace',
  'error_metric',
  'assumed',
] as const;
export type Proof = (typeof PROOFS)[number];

interface Evidence {
  /** absent where the channel's own record is the proof */
  proof?: Proof;
  requestId?: string;
  executedVersion?: string;
  logTail?: string;
  billing?: Billing;
  /** how often Lambda ran the event, as far as the evidence shows */
  deliveries?: number;
}

export interface Succeeded extends Evidence {
  state: 'succeeded';
  /** the function's answer unchanged, normally JSON text; absent if the channel has no result */
  result?: ResultContent;
  /** the media type that Lambda sent with it; absent: application/json */
  resultType?: string;
  /** where the function itself wrote a result that is too large to send; then `result` is absent */
  resultRef?: ObjectRef;
}

export interface Failed extends Evidence {
  state: 'failed';
  error: ExecutionError;
}

export type Outcome = Succeeded | Failed;
