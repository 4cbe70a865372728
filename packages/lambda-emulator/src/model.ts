/** The words that the parts of the emulator share: requests, runs, events, and the record of what really happened. */
import type { FaultPlan } from './faults/fault-planner.ts';
import type { FaultKind } from './faults/fault-script.ts';
import type { FunctionSettings } from './functions/function-settings.ts';
import type { RuntimeInvocation } from './runtime/runtime-api.ts';

export interface Invocation extends RuntimeInvocation {
  settings: FunctionSettings;
  version: string;
  invocationType: 'RequestResponse' | 'Event';
  plan: FaultPlan;
  /** the Invoke request that led to this run */
  truth: TruthEntry;
}

export interface InvocationResult {
  payload: Buffer;
  /** null: succeeded; else the errorType, e.g. `ValueError` or `Sandbox.Timedout` */
  errorType: string | null;
  /** the last 4096 bytes of the log, ending with REPORT */
  tail: Buffer;
}

/** What is told of every run of a function, for whoever observes the endpoint. */
export interface InvocationRecord {
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
  /** what reaches the caller of it; the whole where absent */
  delivery?: 'whole' | 'reset' | 'silent' | 'cut_short';
  /** true where it does not come from Lambda */
  withoutRequestId?: boolean;
}

/** The function an Invoke names, found and resolved. */
export interface InvokeTarget {
  settings: FunctionSettings;
  version: string;
  qualifier: string | null;
  arn: string;
}

export interface TruthRun {
  /** other than the entry's for a durable execution, which has one for each of its invocations */
  request_id: string;
  log_stream: string;
  started_at: string;
  ended_at: string | null;
  outcome: 'running' | 'succeeded' | 'failed' | 'timed_out';
  error_type: string | null;
  /** of the result, or of the error's payload */
  result_sha256: string | null;
  /** log events written by the function itself */
  log_lines: number;
  /** those of them that contain the marker of the fault script */
  marked_log_lines: number;
}

/** How Lambda's queue was done with an event, or a durable execution ended. */
export interface TruthEnd {
  condition: string;
  ended_at: string;
  /** ARN of the destination that a record was for */
  destination: string | null;
  /** null: there is no destination, or the record is still on its way */
  delivered: boolean | null;
}

export interface TruthEntry {
  /** order of arrival */
  sequence: number;
  /** rises with every change of any entry */
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
  /** HTTP status of the answer; 0 where none was made, null while there is none */
  status: number | null;
  /** what the caller got of the answer */
  answer: 'pending' | NonNullable<Answer['delivery']>;
  runs: TruthRun[];
  ends: TruthEnd[];
}

/** Why an event left the queue; the words of Lambda's records. */
export type EventCondition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

export interface EventEnd {
  invocation: Invocation;
  /** the one asked for: it is part of the ARN */
  qualifier: string | null;
  condition: EventCondition;
  runs: number;
  /** of the last run; null when there was none */
  result: InvocationResult | null;
}

export interface EventRecord {
  requestId: string;
  functionName: string;
  condition: EventCondition;
  /** how often the function has run for this event */
  invokeCount: number;
}
