/**
 * Starts and runs durable executions, kept in memory under their names.
 *
 * How a function goes on is this endpoint's own, simple model and not Lambda's checkpoint protocol: the handler is a
 * plain one and gets the event; when it returns `{"durable_wait_seconds": n, "state": …}` it is invoked again n seconds
 * later with `{"state": …, "input": the first event}`. Any other result ends the execution, as does an error.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsError } from '../api/aws-error.js';
import { DurableExecution, toSeconds } from './durable-execution.js';

/** A delay of Node's timers is at most 2^31 - 1 ms, which is less than Lambda's longest execution. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DAY_MS = 24 * 60 * 60 * 1000;
export class DurableExecutions {
  #runner;
  #truth;
  #throttleSeconds;
  /** by ARN, in the order of their starts */
  #executions = new Map();
  #stopping = new AbortController();
  constructor(runner, truth, throttleSeconds) {
    this.#runner = runner;
    this.#truth = truth;
    this.#throttleSeconds = throttleSeconds;
  }
  /** @param invocation of the Invoke request; each invocation of the function has a request id of its own */
  start(start, invocation) {
    const execution = new DurableExecution(start);
    this.#executions.set(start.arn, execution);
    const limitMs = start.executionTimeoutSeconds * 1000;
    const timer = setTimeout(() => execution.end('TIMED_OUT'), Math.min(limitMs, LONGEST_TIMER_MS));
    timer.unref();
    const { signal } = this.#stopping;
    void this.#run(execution, invocation, signal);
    void execution.ended.then(() => {
      clearTimeout(timer);
      if (!signal.aborted) this.#truth.addEnd(invocation.truth, execution.status, null);
    });
    return execution;
  }
  get(arn) {
    this.#forgetOld();
    return this.#executions.get(arn);
  }
  /** The newest of a name: an older one is gone when its name is free again. */
  named(functionName, name) {
    return this.of(functionName).find(({ start }) => start.name === name);
  }
  /** Newest first. */
  of(functionName) {
    this.#forgetOld();
    return [...this.#executions.values()]
      .filter(({ start }) => start.functionName === functionName)
      .reverse();
  }
  /** Forgets all; functions that run go on to the end of their invocation. */
  clear() {
    this.#stopping.abort();
    this.#stopping = new AbortController();
    for (const execution of this.#executions.values()) execution.end('STOPPED');
    this.#executions.clear();
  }
  async #run(execution, first, signal) {
    let { payload } = first;
    let { plan } = first;
    for (let step = 1; execution.status === 'RUNNING'; step++) {
      const result = await this.#invoke(execution, { ...first, plan, payload }, signal);
      if (result === null || execution.status !== 'RUNNING') return;
      if (result.errorType !== null) return execution.end('FAILED', { error: readError(result.payload) });
      const pause = readPause(result.payload);
      if (!pause) return execution.end('SUCCEEDED', { result: result.payload.toString() });
      if (!(await pauseExecution(execution, step, pause.seconds, signal))) return;
      payload = Buffer.from(`{"state":${JSON.stringify(pause.state)},"input":${first.payload.toString()}}`);
      plan = { ...first.plan, slowStartMs: null };
    }
  }
  /** Null when the execution has ended before the function could run. */
  async #invoke(execution, invocation, signal) {
    const requestId = randomUUID();
    while (execution.status === 'RUNNING') {
      const startedAt = Date.now();
      try {
        const result = await this.#runner.run({ ...invocation, requestId });
        execution.add('InvocationCompleted', {
          InvocationCompletedDetails: {
            StartTimestamp: toSeconds(startedAt),
            EndTimestamp: toSeconds(Date.now()),
            RequestId: requestId,
            ...(result.errorType !== null && { Error: { Payload: readError(result.payload) } }),
          },
        });
        return result;
      } catch (error) {
        if (!(error instanceof AwsError && error.status === 429)) throw error;
        await sleep(this.#throttleSeconds, execution, signal);
      }
    }
    return null;
  }
  /** Closed executions are kept for the retention of their function; then their names are free again. */
  #forgetOld() {
    const now = Date.now();
    for (const [arn, { endedAt, start }] of this.#executions) {
      if (endedAt !== null && now - endedAt > start.retentionDays * DAY_MS) this.#executions.delete(arn);
    }
  }
}
/** False when the execution ended in between. */
async function pauseExecution(execution, step, seconds, signal) {
  const Id = String(step);
  const ScheduledEndTimestamp = toSeconds(Date.now() + seconds * 1000);
  execution.add('WaitStarted', { Id, WaitStartedDetails: { Duration: seconds, ScheduledEndTimestamp } });
  await sleep(seconds, execution, signal);
  if (execution.status !== 'RUNNING') return false;
  execution.add('WaitSucceeded', { Id, WaitSucceededDetails: { Duration: seconds } });
  return true;
}
/** Until the time has passed or the execution has ended, whichever comes first. */
async function sleep(seconds, execution, signal) {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const passed = wait(seconds * 1000, undefined, { signal: either, ref: false }).catch(() => {});
  await Promise.race([passed, execution.ended]);
  over.abort();
}
function readPause(payload) {
  const result = readResult(payload);
  const seconds = result?.durable_wait_seconds;
  return typeof seconds === 'number' && seconds >= 0 ? { seconds, state: result?.state ?? null } : null;
}
/** Null also for what is no JSON: the Python runtime writes NaN. */
function readResult(payload) {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return null;
  }
}
/** The runtimes name the stack differently: `stackTrace` in Python, `trace` in Node. */
function readError(payload) {
  const { errorType, errorMessage, stackTrace, trace } = JSON.parse(payload.toString());
  return { ErrorType: errorType, ErrorMessage: errorMessage, StackTrace: stackTrace ?? trace };
}
//# sourceMappingURL=durable-executions.js.map
