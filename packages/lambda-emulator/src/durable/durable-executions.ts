/**
 * Starts and runs durable executions, and keeps them in memory.
 *
 * A simple model of the emulator replaces Lambda's checkpoint protocol: the handler is an ordinary one and gets the
 * event. If it returns `{"durable_wait_seconds": n, "state": …}`, it is invoked again n seconds later with
 * `{"state": …, "input": the first event}`. Any other result, or an error, ends the execution.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsError } from '../api/aws-error.ts';
import type { TruthRecord } from '../faults/truth-record.ts';
import type { Invocation, InvocationResult } from '../model.ts';
import type { InvocationRunner } from '../runtime/invocation-runner.ts';
import { type DurableError, DurableExecution, type DurableStart, toSeconds } from './durable-execution.ts';

/** The maximum delay of Node's timers, less than Lambda's maximum execution timeout. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const DAY_MS = 24 * 60 * 60 * 1000;

export class DurableExecutions {
  readonly #runner: InvocationRunner;
  readonly #truth: TruthRecord;
  readonly #throttleSeconds: number;
  /** by ARN, in order of start */
  readonly #executions = new Map<string, DurableExecution>();
  #stopping = new AbortController();

  constructor(runner: InvocationRunner, truth: TruthRecord, throttleSeconds: number) {
    this.#runner = runner;
    this.#truth = truth;
    this.#throttleSeconds = throttleSeconds;
  }

  /** @param invocation from the Invoke request; each invocation of the function gets a new request id */
  start(start: DurableStart, invocation: Invocation): DurableExecution {
    const execution = new DurableExecution(start);
    this.#executions.set(start.arn, execution);
    const limitMs = start.executionTimeoutSeconds * 1000;
    const timer = setTimeout(() => execution.end('TIMED_OUT'), Math.min(limitMs, MAX_TIMER_MS));
    timer.unref();
    const { signal } = this.#stopping;
    void this.#run(execution, invocation, signal);
    void execution.ended.then(() => {
      clearTimeout(timer);
      if (!signal.aborted) this.#truth.addEnd(invocation.truth, execution.status, null);
    });
    return execution;
  }

  get(arn: string): DurableExecution | undefined {
    this.#deleteExpired();
    return this.#executions.get(arn);
  }

  /** At most one execution has this name. The name can be used again only when the old execution is deleted. */
  findByName(functionName: string, name: string): DurableExecution | undefined {
    return this.ofFunction(functionName).find(({ start }) => start.name === name);
  }

  /** Newest first. */
  ofFunction(functionName: string): DurableExecution[] {
    this.#deleteExpired();
    return [...this.#executions.values()]
      .filter(({ start }) => start.functionName === functionName)
      .reverse();
  }

  /** Deletes all executions. Invocations that are running continue to their end. */
  clear(): void {
    this.#stopping.abort();
    this.#stopping = new AbortController();
    for (const execution of this.#executions.values()) execution.end('STOPPED');
    this.#executions.clear();
  }

  async #run(execution: DurableExecution, first: Invocation, signal: AbortSignal): Promise<void> {
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

  /** Runs the function once. Returns null if the execution ended before the function could run. */
  async #invoke(
    execution: DurableExecution,
    invocation: Invocation,
    signal: AbortSignal,
  ): Promise<InvocationResult | null> {
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

  /** Ended executions are kept for the function's retention period; after that their names can be used again. */
  #deleteExpired(): void {
    const now = Date.now();
    for (const [arn, { endedAt, start }] of this.#executions) {
      if (endedAt !== null && now - endedAt > start.retentionDays * DAY_MS) this.#executions.delete(arn);
    }
  }
}

/** Returns false if the execution ended during the pause. */
async function pauseExecution(
  execution: DurableExecution,
  step: number,
  seconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const Id = String(step);
  const ScheduledEndTimestamp = toSeconds(Date.now() + seconds * 1000);
  execution.add('WaitStarted', { Id, WaitStartedDetails: { Duration: seconds, ScheduledEndTimestamp } });
  await sleep(seconds, execution, signal);
  if (execution.status !== 'RUNNING') return false;
  execution.add('WaitSucceeded', { Id, WaitSucceededDetails: { Duration: seconds } });
  return true;
}

/** Waits until the time has passed or the execution has ended, whichever comes first. */
async function sleep(seconds: number, execution: DurableExecution, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const passed = wait(seconds * 1000, undefined, { signal: either, ref: false }).catch(() => {});
  await Promise.race([passed, execution.ended]);
  over.abort();
}

function readPause(payload: Buffer): { seconds: number; state: unknown } | null {
  const result = readResult(payload);
  const seconds = result?.durable_wait_seconds;
  return typeof seconds === 'number' && seconds >= 0 ? { seconds, state: result?.state ?? null } : null;
}

/** The result of a run; null if it is not JSON. For example, the Python runtime may write NaN. */
function readResult(payload: Buffer): { durable_wait_seconds?: unknown; state?: unknown } | null {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return null;
  }
}

/** The error of a run. The stack has different names: `stackTrace` in Python, `trace` in Node. */
function readError(payload: Buffer): DurableError {
  const { errorType, errorMessage, stackTrace, trace } = JSON.parse(payload.toString());
  return { ErrorType: errorType, ErrorMessage: errorMessage, StackTrace: stackTrace ?? trace };
}
