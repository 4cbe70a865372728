/** Runs one invocation from START to REPORT, for synchronous calls and for queued events. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { TruthRecord } from '../faults/truth-record.ts';
import { exitPayload, type ReportFigures, timeoutPayload, tooLargePayload } from '../logs/report.ts';
import type { Invocation, InvocationResult, RunRecord } from '../model.ts';
import type { Telemetry } from '../tracing/telemetry.ts';
import { decideTrace } from '../tracing/trace-header.ts';
import type { Environment, WorkEnd } from './environment.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import { RESPONSE_LIMIT_BYTES, type RuntimeAnswer } from './runtime-api.ts';

/** How an invocation ended, with the figures for REPORT. */
interface Ending {
  payload: Buffer;
  errorType: string | null;
  durationMs: number;
  initMs?: number;
  /** the status in REPORT; absent after an error if the process goes on */
  status?: 'timeout' | 'error';
  reportedType?: string;
  /** how the process exited during the run */
  exit?: string;
}

export class InvocationRunner {
  readonly #pool: EnvironmentPool;
  readonly #initLimitMs: number;
  readonly #truth: TruthRecord;
  readonly #telemetry: Telemetry;
  readonly #onInvocation: (record: RunRecord) => void;

  constructor(
    pool: EnvironmentPool,
    initLimitSeconds: number,
    truth: TruthRecord,
    telemetry: Telemetry,
    onInvocation: (record: RunRecord) => void,
  ) {
    this.#pool = pool;
    this.#truth = truth;
    this.#telemetry = telemetry;
    this.#initLimitMs = initLimitSeconds * 1000;
    this.#onInvocation = onInvocation;
  }

  /** @throws AwsError TooManyRequestsException before any code of the function has run */
  async run(invocation: Invocation): Promise<InvocationResult> {
    const { requestId, settings, version, invocationType, plan, truth } = invocation;
    const trace = decideTrace(settings.tracing, invocation.traceHeader);
    const environment = this.#pool.acquire(settings, version, plan.slowStartMs !== null);
    environment.log.begin(plan);
    const startedAt = Date.now();
    const run = this.#truth.startRun(truth, requestId, environment.log.stream);
    try {
      const ending = await this.#runIn(environment, withTraceHeader(invocation, trace.header));
      const { errorType, durationMs, initMs, status, reportedType, exit } = ending;
      const figures: ReportFigures = {
        durationMs,
        memoryMb: settings.memoryMb,
        maxMemoryMb: environment.maxMemoryMb,
      };
      if (initMs !== undefined) figures.initMs = initMs;
      if (status) figures.status = status;
      if (reportedType !== undefined) figures.errorType = reportedType;
      if (trace.root !== null) figures.traceRoot = trace.root;
      if (exit !== undefined) environment.log.exit(requestId, exit);
      environment.log.end(requestId, figures);
      const { payload } = ending;
      this.#telemetry.record(invocation, trace, { startedAt, payload, errorType, stopped: status ?? null });
      this.#truth.endRun(truth, run, { payload, errorType, lines: environment.log.lines });
      this.#onInvocation({
        requestId,
        functionName: settings.name,
        version,
        invocationType,
        errorType,
        durationMs,
      });
      return { payload, errorType, tail: environment.log.takeTail() };
    } finally {
      this.#pool.release(environment);
    }
  }

  async #runIn(environment: Environment, invocation: Invocation): Promise<Ending> {
    const { requestId, settings } = invocation;
    const timeoutMs = settings.timeoutSeconds * 1000;
    let initMs: number | undefined;
    let spentMs = 0;
    if (!environment.isReady) {
      const slowMs = invocation.plan.slowStartMs ?? 0;
      if (slowMs > 0) await wait(slowMs, undefined, { ref: false });
      let load = await loadCode(environment, this.#initLimitMs, 'init');
      environment.log.start(requestId);
      if (load.end.kind === 'timed_out') {
        // As in Lambda, the code is loaded a second time, now within the function's own timeout.
        load = await loadCode(environment, timeoutMs, 'invoke');
        spentMs = load.ms;
      } else {
        initMs = slowMs + load.ms;
      }
      if (load.end.kind !== 'idle') {
        const ending = describeEnding(load.end, environment.answer, invocation, load.ms);
        return load.end.kind === 'exited' ? { ...ending, ...failedInit(environment.answer) } : ending;
      }
    } else {
      environment.log.start(requestId);
    }
    const startedAt = performance.now();
    const end = await environment.run(invocation, timeoutMs - spentMs);
    const durationMs = spentMs + performance.now() - startedAt;
    const described = describeEnding(end, environment.answer, invocation, durationMs);
    const ending = end.kind === 'exited' ? { ...described, ...failedRun(described, end.how) } : described;
    return initMs === undefined ? ending : { ...ending, initMs };
  }
}

function withTraceHeader(
  { traceHeader: _, ...invocation }: Invocation,
  header: string | undefined,
): Invocation {
  return header === undefined ? invocation : { ...invocation, traceHeader: header };
}

async function loadCode(
  environment: Environment,
  limitMs: number,
  phase: 'init' | 'invoke',
): Promise<{ end: WorkEnd; ms: number }> {
  const startedAt = performance.now();
  const end = await environment.start(limitMs);
  const ms = Math.min(performance.now() - startedAt, limitMs);
  if (end.kind === 'timed_out') environment.log.initReport({ initMs: ms, phase, status: 'timeout' });
  else if (end.kind !== 'idle') {
    const errorType = end.kind === 'exited' ? initErrorType(environment.answer) : 'Runtime.OutOfMemory';
    environment.log.initReport({ initMs: ms, phase, status: 'error', errorType });
  }
  return { end, ms };
}

function failedInit(answer: RuntimeAnswer | null): Pick<Ending, 'status' | 'reportedType'> {
  return { status: 'error', reportedType: initErrorType(answer) };
}

/**
 * The error type of a failed initialization, for INIT_REPORT and REPORT. Only the runtime's own types are reported.
 * AWS's emulator has the same rule, in internal/lambda/fatalerror of
 * https://github.com/aws/aws-lambda-runtime-interface-emulator
 */
function initErrorType(answer: RuntimeAnswer | null): string {
  if (answer?.kind !== 'error') return 'Runtime.ExitError';
  return /(Runtime|Function)\.[A-Z][a-zA-Z]+/.test(answer.errorType) ? answer.errorType : 'Runtime.Unknown';
}

/** The log has a line about the exit, even if the process had posted an error before: DataBiosphere/azul#7466. */
function failedRun({ errorType }: Ending, how: string): Pick<Ending, 'status' | 'reportedType' | 'exit'> {
  if (errorType === null) return {};
  return { status: 'error', reportedType: 'Runtime.ExitError', exit: how };
}

/**
 * The answer that the process posted decides, whatever it did afterwards. The only exception is running out of memory.
 */
function describeEnding(
  end: WorkEnd,
  answer: RuntimeAnswer | null,
  { requestId, settings }: Invocation,
  durationMs: number,
): Ending {
  if (end.kind === 'out_of_memory') {
    const errorType = 'Runtime.OutOfMemory';
    return {
      payload: exitPayload(errorType, requestId, 'signal: killed'),
      errorType,
      durationMs,
      status: 'error',
      reportedType: errorType,
    };
  }
  if (answer?.kind === 'response') return { payload: answer.body, errorType: null, durationMs };
  if (answer?.kind === 'error') {
    const ending = { payload: answer.body, errorType: answer.errorType, durationMs };
    return end.kind === 'timed_out' ? { ...ending, status: 'timeout' } : ending;
  }
  if (answer?.kind === 'too_large') {
    const errorType = 'Function.ResponseSizeTooLarge';
    return { payload: tooLargePayload(RESPONSE_LIMIT_BYTES), errorType, durationMs };
  }
  if (end.kind === 'timed_out') {
    const limitMs = settings.timeoutSeconds * 1000;
    const payload = timeoutPayload(requestId, settings.timeoutSeconds);
    return {
      payload,
      errorType: 'Sandbox.Timedout',
      durationMs: Math.min(durationMs, limitMs),
      status: 'timeout',
    };
  }
  const errorType = 'Runtime.ExitError';
  const how = end.kind === 'exited' ? end.how : '';
  return { payload: exitPayload(errorType, requestId, how), errorType, durationMs };
}
