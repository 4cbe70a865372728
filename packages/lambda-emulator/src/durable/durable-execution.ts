/** One durable execution: its state and its history. */

export type DurableStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

export interface DurableError {
  ErrorType?: string;
  ErrorMessage?: string;
  StackTrace?: string[];
}

/** What a durable execution was started with. */
export interface DurableStart {
  arn: string;
  name: string;
  functionName: string;
  /** the ARN of the function, with the version that runs */
  functionArn: string;
  version: string;
  /** the requested qualifier */
  qualifier: string;
  /** JSON text */
  payload: string;
  traceHeader: string | null;
  executionTimeoutSeconds: number;
  retentionDays: number;
}

/** An event in the format of Lambda's API: times are seconds since 1970. */
export interface HistoryEvent {
  EventId: number;
  EventType: string;
  EventTimestamp: number;
  [details: string]: unknown;
}

const END_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  STOPPED: 'ExecutionStopped',
} as const;

export class DurableExecution {
  readonly start: DurableStart;
  readonly startedAt = Date.now();
  readonly events: HistoryEvent[] = [];
  /** resolved when the execution is no longer running */
  readonly ended: Promise<void>;
  status: DurableStatus = 'RUNNING';
  endedAt: number | null = null;
  /** JSON text; null unless the execution succeeded */
  result: string | null = null;
  /** null unless the execution failed, or was stopped with a reason */
  error: DurableError | null = null;
  #resolveEnded: () => void = () => {};

  constructor(start: DurableStart) {
    this.start = start;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.add('ExecutionStarted', {
      ExecutionStartedDetails: {
        Input: { Payload: start.payload },
        ExecutionTimeout: start.executionTimeoutSeconds,
      },
    });
  }

  add(type: string, details: object): void {
    this.events.push({
      EventId: this.events.length + 1,
      EventType: type,
      EventTimestamp: toSeconds(Date.now()),
      ...details,
    });
  }

  /** Only the first call has an effect, because the function may still be running and end after the execution. */
  end(
    status: Exclude<DurableStatus, 'RUNNING'>,
    { result = null, error = null }: { result?: string | null; error?: DurableError | null } = {},
  ): void {
    if (this.status !== 'RUNNING') return;
    Object.assign(this, { status, result, error, endedAt: Date.now() });
    const type = END_EVENTS[status];
    this.add(type, {
      [`${type}Details`]:
        result === null ? { Error: { Payload: error ?? {} } } : { Result: { Payload: result } },
    });
    this.#resolveEnded();
  }
}

/** The Lambda API has times in seconds, as numbers. */
export function toSeconds(epochMs: number): number {
  return epochMs / 1000;
}
