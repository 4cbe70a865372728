/** An execution, its attempts and its states. */
import type { ObjectRef } from './object-ref.ts';
import type { Billing, ExecutionError, Proof } from './outcome.ts';
import type { ResultContent } from './result-content.ts';

export const STATES = ['queued', 'running', 'in_doubt', 'succeeded', 'failed', 'cancelled'] as const;
export type State = (typeof STATES)[number];

export const TERMINAL_STATES = ['succeeded', 'failed', 'cancelled'] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

export function isTerminal(state: State): state is TerminalState {
  return (TERMINAL_STATES as readonly State[]).includes(state);
}

/** AWS's own invocation types: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export const INVOCATION_TYPES = ['RequestResponse', 'Event', 'DryRun'] as const;
export type InvocationType = (typeof INVOCATION_TYPES)[number];

export const LOG_TYPES = ['None', 'Tail'] as const;
export type LogType = (typeof LOG_TYPES)[number];

/** The Airflow task instance to which an execution belongs. */
export interface AirflowTask {
  dag_id: string;
  run_id: string;
  task_id: string;
  map_index: number;
  try_number?: number;
}

/** Something that the user should know, and how to fix it. It does not stop the execution. */
export interface Warning {
  code: string;
  message: string;
}

/** The validated request of a submit. The ledger keeps it unchanged. */
export interface ExecutionRequest {
  /** function name, without qualifier, or a full ARN */
  function: string;
  qualifier?: string;
  invocationType: InvocationType;
  logType: LogType;
  /** base64, sent to Lambda unchanged */
  clientContext?: string;
  /** the tenant whose isolated environment runs the function; sent as X-Amz-Tenant-Id */
  tenantId?: string;
  /** the JSON text, in UTF-8, exactly as the user wrote it: it becomes the event byte for byte */
  payload?: Uint8Array;
  payloadRef?: ObjectRef;
  completion: string[];
  timeoutSeconds?: number;
  idempotencyKey?: string;
  /** whether the event is the envelope: the payload, and what the function needs to send its own outcome */
  envelope: boolean;
  labels: Record<string, string>;
  airflow?: AirflowTask;
}

/** Why an attempt is in doubt: the replica that held the request stopped, or Lambda's answer did not arrive. */
export const DOUBT_CODES = ['holder_lost', 'response_lost'] as const;
export type DoubtCode = (typeof DOUBT_CODES)[number];

/** Names an attempt. */
export interface AttemptKey {
  /** of the execution */
  id: string;
  number: number;
}

/** One numbered try of an execution, as the ledger keeps it. */
export interface Attempt {
  number: number;
  phase: 'invoking' | 'accepted' | 'in_doubt' | 'ended';
  startedAt: Date;
  endedAt: Date | null;
  requestId: string | null;
  executedVersion: string | null;
  /** set if Lambda runs it as a durable execution */
  durableExecutionArn: string | null;
  /** the first poll that found its durable execution paused; the pause extends deadline and evidence window */
  pausedAt: Date | null;
  /** when the function sent its last heartbeat */
  heartbeatAt: Date | null;
  progress: unknown;
  /** why the answer of Invoke is or was not known */
  doubt: string | null;
  doubtCode: DoubtCode | null;
  /** the completion channel whose report ended it */
  channel: string | null;
  outcome: 'succeeded' | 'failed' | 'refused' | null;
  /** true: it ended after its execution, so its outcome is kept and shown here, but is not that of the execution */
  late: boolean;
  error: ExecutionError | null;
  /** how many times Lambda ran its event, if that is known */
  deliveries: number | null;
  /** what proves an outcome that was learnt from logs */
  proof: Proof | null;
}

/** An execution as the ledger keeps it. Result, log tail and billing are those of its latest attempt. */
export interface Execution {
  id: string;
  state: State;
  function: string;
  qualifier: string | null;
  invocationType: InvocationType;
  logType: LogType;
  tenantId: string | null;
  completion: string[];
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  deadlineAt: Date | null;
  cancelRequestedAt: Date | null;
  attempt: number;
  settledBy: string | null;
  error: ExecutionError | null;
  warnings: Warning[];
  payloadRef: ObjectRef | null;
  airflow: AirflowTask | null;
  labels: Record<string, string>;
  idempotencyKey: string | null;
  envelope: boolean;
  previousId: string | null;
}

export interface ExecutionDetail extends Execution {
  requestId: string | null;
  executedVersion: string | null;
  /** set only if the execution succeeded */
  result: ResultContent | null;
  /** the media type of a result in the ledger, if it is not application/json */
  resultType: string | null;
  resultRef: ObjectRef | null;
  logTail: string | null;
  billing: Billing | null;
  attempts: Attempt[];
}

/** What a completion channel knows about an attempt that it polls. */
export interface OpenAttempt {
  id: string;
  number: number;
  phase: 'invoking' | 'accepted' | 'in_doubt';
  function: string;
  qualifier: string | null;
  invocationType: InvocationType;
  completion: string[];
  envelope: boolean;
  requestId: string | null;
  durableExecutionArn: string | null;
  startedAt: Date;
  /** seconds, by the database clock */
  ageSeconds: number;
  /** its execution was cancelled, so the channel stops it if it can */
  cancelRequested: boolean;
  /** the last poll found it paused at Lambda */
  paused: boolean;
  /** the evidence window is over: this is the last poll */
  lastPoll: boolean;
}
