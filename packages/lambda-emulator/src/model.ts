/** The types that the folders of the emulator share: requests, runs, events and the truth record. */
import type { ServerResponse } from 'node:http';
import type { FaultPlan } from './faults/fault-planner.ts';
import type { FaultKind } from './faults/fault-script.ts';
import type { FunctionSettings } from './functions/function-settings.ts';
import type { RuntimeInvocation } from './runtime/runtime-api.ts';

export interface Invocation extends RuntimeInvocation {
  settings: FunctionSettings;
  version: string;
  /** the requested qualifier */
  qualifier: string | null;
  /** epoch milliseconds of the Invoke request */
  receivedAt: number;
  invocationType: 'RequestResponse' | 'Event';
  plan: FaultPlan;
  /** the Invoke request that led to this run */
  truth: TruthEntry;
}

export interface InvocationResult {
  payload: Buffer;
  /** null if it succeeded, otherwise the errorType, e.g. `ValueError` or `Sandbox.Timedout` */
  errorType: string | null;
  /** the last 4096 bytes of the log, ending with REPORT */
  tail: Buffer;
}

/** Passed to `onInvocation` after every run of a function. */
export interface RunRecord {
  requestId: string;
  functionName: string;
  version: string;
  invocationType: 'RequestResponse' | 'Event';
  errorType: string | null;
  durationMs: number;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | object;
  /** instead of a body: called when the head has been sent, writes to the response until it ends it */
  stream?: (response: ServerResponse) => void;
  /** how much of the answer the caller receives; default `whole` */
  delivery?: 'whole' | 'reset' | 'silent' | 'cut_short';
  /** true for an answer that does not come from Lambda */
  withoutRequestId?: boolean;
}

/** The function that an Invoke request names, with its qualifier resolved to a version. */
export interface InvokeTarget {
  settings: FunctionSettings;
  version: string;
  qualifier: string | null;
  arn: string;
}

export interface TruthRun {
  /** the request id of the entry; only in a durable execution, each invocation has a new request id */
  request_id: string;
  log_stream: string;
  started_at: string;
  ended_at: string | null;
  outcome: 'running' | 'succeeded' | 'failed' | 'timed_out';
  error_type: string | null;
  /** the hash of the result, or of the payload with the error */
  result_sha256: string | null;
  /** log lines written by the function itself */
  log_lines: number;
  /** how many of `log_lines` contain the fault script's `log_marker` */
  marked_log_lines: number;
}

/** How an event left Lambda's queue, or how a durable execution ended. */
export interface TruthEnd {
  condition: string;
  ended_at: string;
  /** ARN of the destination of the record */
  destination: string | null;
  /** null if there is no destination, or while the record is being sent */
  delivered: boolean | null;
}

export interface TruthEntry {
  /** order of arrival */
  sequence: number;
  /** the value of a counter that every change of any entry increments */
  revision: number;
  received_at: string;
  request_id: string;
  function: string;
  qualifier: string | null;
  invocation_type: 'RequestResponse' | 'Event';
  /** root of the X-Ray trace header */
  trace_root: string | null;
  /** `custom.execution_id` of the client context, else `bridge.execution_id` of the event */
  execution_id: string | null;
  durable_execution_name: string | null;
  durable_execution_arn: string | null;
  payload_sha256: string;
  fault: FaultKind | null;
  /** HTTP status of the answer; 0 if the connection was reset instead, null while the request is being served */
  status: number | null;
  /** how much of the answer the caller received */
  answer: 'pending' | NonNullable<Answer['delivery']>;
  runs: TruthRun[];
  ends: TruthEnd[];
}

/** Why an event left the queue, in the terms of Lambda's destination records. */
export type EventCondition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

export interface EventEnd {
  invocation: Invocation;
  /** the requested qualifier, which is part of the ARN */
  qualifier: string | null;
  condition: EventCondition;
  runs: number;
  /** the result of the last run; null if there was no run */
  result: InvocationResult | null;
}

export interface EventRecord {
  requestId: string;
  functionName: string;
  condition: EventCondition;
  /** how many times the function has run for this event */
  invokeCount: number;
}
