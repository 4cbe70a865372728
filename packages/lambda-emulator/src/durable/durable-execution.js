/** One durable execution: its state, and the history that tells how it came about. */
const END_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  STOPPED: 'ExecutionStopped',
};
export class DurableExecution {
  start;
  startedAt = Date.now();
  events = [];
  /** resolved when the execution is no longer running */
  ended;
  status = 'RUNNING';
  endedAt = null;
  /** JSON text; only of one that succeeded */
  result = null;
  /** of one that failed, and of one that was stopped with a reason */
  error = null;
  #resolveEnded = () => {};
  constructor(start) {
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
  add(type, details) {
    this.events.push({
      EventId: this.events.length + 1,
      EventType: type,
      EventTimestamp: toSeconds(Date.now()),
      ...details,
    });
  }
  /** The first end holds; what the function still does afterwards changes nothing. */
  end(status, { result = null, error = null } = {}) {
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
/** Times in the bodies of the Lambda API are seconds, as numbers. */
export function toSeconds(epochMs) {
  return epochMs / 1000;
}
//# sourceMappingURL=durable-execution.js.map
