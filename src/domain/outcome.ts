/**
 * What a completion channel reports about one attempt. Failures of functions and of AWS are values, never exceptions.
 */
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
  /** Lambda's `errorType`, e.g. `ValueError` or `Sandbox.Timedout`; for a refusal, the name of the AWS exception */
  type?: string;
  message: string;
  stack_trace?: string[];
  /** whether another run of the function may succeed; Airflow's own retries decide whether there is one */
  retryable: boolean;
}

/** The figures in the REPORT line. */
export interface Billing {
  duration_ms?: number;
  billed_ms?: number;
  memory_mb?: number;
  max_memory_mb?: number;
  init_ms?: number;
}

/**
 * What proves an outcome that was learnt from logs.
 * - `report_status`: the status in Lambda's report.
 * - `platform_error`: a line of the platform.
 * - `runtime_record`: the error record of the runtime's client.
 * - `silence`: a complete log without an error record, if the runtime writes one for every error.
 * - `trace`: the X-Ray trace.
 * - `error_metric`: Lambda's metric Errors.
 * - `assumed`: nothing; the function policy decided.
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
  /** absent if the outcome was not learnt from logs */
  proof?: Proof;
  requestId?: string;
  executedVersion?: string;
  logTail?: string;
  billing?: Billing;
  /** how many times Lambda ran the event, if the evidence shows it */
  deliveries?: number;
}

export interface Succeeded extends Evidence {
  state: 'succeeded';
  /** the function's answer unchanged, normally JSON text; absent if the channel has no result */
  result?: ResultContent;
  /** the media type that Lambda sent with it; absent: application/json */
  resultType?: string;
  /** the object to which the function itself wrote a large result; then `result` is absent */
  resultRef?: ObjectRef;
}

export interface Failed extends Evidence {
  state: 'failed';
  error: ExecutionError;
}

export type Outcome = Succeeded | Failed;
