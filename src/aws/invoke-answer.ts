/** The possible results of one Invoke request. */
import type { ExecutionError } from '../domain/outcome.ts';
import type { ResultContent } from '../domain/result-content.ts';

export interface Answered {
  type: 'answered';
  statusCode: number;
  requestId?: string;
  payload: ResultContent;
  /** the media type that Lambda sent; absent: application/json */
  contentType?: string;
  /** present when the function failed */
  functionError?: string;
  logTail?: string;
  executedVersion?: string;
  /** durable functions only */
  durableExecutionArn?: string;
}

/** The function certainly did not start. */
export interface Refused {
  type: 'refused';
  /** whether the same request may succeed later */
  retryable: boolean;
  retryAfterSeconds?: number;
  error: ExecutionError;
}

/** The function may have started, or may still run. */
export interface InDoubt {
  type: 'in_doubt';
  reason: string;
  requestId?: string;
}

export type InvokeAnswer = Answered | Refused | InDoubt;
