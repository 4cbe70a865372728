/**
 * The Invoke call. It validates the request. Then it runs the function or queues the event; for DryRun it does neither.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import type { IncomingMessage } from 'node:http';
import type { DurableExecution } from '../durable/durable-execution.ts';
import type { DurableExecutions } from '../durable/durable-executions.ts';
import { checkDurable, startDurable } from '../durable/durable-start.ts';
import type { EventQueue } from '../events/event-queue.ts';
import { answerWithFault } from '../faults/fault-answer.ts';
import type { FaultPlan, FaultPlanner } from '../faults/fault-planner.ts';
import { sha256, type TruthRecord } from '../faults/truth-record.ts';
import type { Answer, Invocation, InvokeTarget } from '../model.ts';
import type { InvocationRunner } from '../runtime/invocation-runner.ts';
import { completeHeader, readTraceRoot } from '../tracing/trace-header.ts';
import { AwsError } from './aws-error.ts';
import { type InvokeRequest, readInvokeRequest } from './invoke-request.ts';

export class InvokeCall {
  readonly #runner: InvocationRunner;
  readonly #queue: EventQueue;
  readonly #durable: DurableExecutions;
  readonly #planner: FaultPlanner;
  readonly #truth: TruthRecord;
  readonly #region: string;

  constructor(deps: {
    runner: InvocationRunner;
    queue: EventQueue;
    durable: DurableExecutions;
    planner: FaultPlanner;
    truth: TruthRecord;
    region: string;
  }) {
    this.#runner = deps.runner;
    this.#queue = deps.queue;
    this.#durable = deps.durable;
    this.#planner = deps.planner;
    this.#truth = deps.truth;
    this.#region = deps.region;
  }

  async answer(request: IncomingMessage, target: InvokeTarget, requestId: string): Promise<Answer> {
    const invoke = await readInvokeRequest(request);
    const { settings } = target;
    checkDurable(target, invoke);
    if (invoke.type === 'DryRun') return { status: 204 };
    const { type: invocationType, payload, clientContext } = invoke;
    const traceHeader = completeHeader(settings.tracing, invoke.traceHeader);
    const isDurable = settings.durable !== null;
    const plan = this.#planner.plan({ functionName: settings.name, invocationType, isDurable, payload });
    const truth = this.#truth.add(describeInvoke(invoke, invocationType, target, requestId, plan));
    const invocation: Invocation = {
      requestId,
      settings,
      version: target.version,
      qualifier: target.qualifier,
      receivedAt: Date.now(),
      payload,
      invokedArn: target.arn,
      invocationType,
      plan,
      truth,
      // Lambda drops the client context of an asynchronous event.
      ...(clientContext && invocationType === 'RequestResponse' && { clientContext }),
      ...(traceHeader && { traceHeader }),
    };
    try {
      const answer = await answerWithFault(plan, () => this.#serve(invocation, target, invoke));
      this.#truth.recordAnswer(truth, answer);
      return answer;
    } catch (error) {
      if (error instanceof AwsError) this.#truth.recordAnswer(truth, error);
      throw error;
    }
  }

  async #serve(invocation: Invocation, target: InvokeTarget, invoke: InvokeRequest): Promise<Answer> {
    if (target.settings.durable) return this.#serveDurable(invocation, target, invoke.durableName);
    if (invocation.invocationType === 'RequestResponse') return this.#run(invocation, invoke.withTail);
    this.#queue.add(invocation, target.qualifier);
    return { status: 202 };
  }

  async #serveDurable(invocation: Invocation, target: InvokeTarget, name: string | null): Promise<Answer> {
    const execution = startDurable(this.#durable, invocation, target, name, this.#region);
    const { arn } = execution.start;
    this.#truth.recordDurable(invocation.truth, execution.start.name, arn);
    const headers = { 'X-Amz-Durable-Execution-Arn': arn };
    if (invocation.invocationType === 'Event') return { status: 202, headers };
    await execution.ended;
    return { status: 200, headers: { ...headers, ...endHeaders(execution) }, body: endPayload(execution) };
  }

  async #run(invocation: Invocation, withTail: boolean): Promise<Answer> {
    const { payload, errorType, tail } = await this.#runner.run(invocation);
    const headers: Record<string, string> = { 'X-Amz-Executed-Version': invocation.version };
    if (errorType !== null) headers['X-Amz-Function-Error'] = 'Unhandled';
    if (withTail) headers['X-Amz-Log-Result'] = tail.toString('base64');
    if (invocation.traceHeader) headers['X-Amzn-Trace-Id'] = invocation.traceHeader;
    return { status: 200, headers, body: payload };
  }
}

function endHeaders({ start, status }: DurableExecution): Record<string, string> {
  return {
    'X-Amz-Executed-Version': start.version,
    ...(status !== 'SUCCEEDED' && { 'X-Amz-Function-Error': 'Unhandled' }),
  };
}

/** The result, or the error in the format of the runtimes. */
function endPayload({ status, result, error }: DurableExecution): Buffer {
  if (result !== null) return Buffer.from(result);
  const errorMessage = error?.ErrorMessage ?? `The durable execution ended with status ${status}.`;
  const payload = { errorType: error?.ErrorType, errorMessage, stackTrace: error?.StackTrace };
  return Buffer.from(JSON.stringify(payload));
}

function describeInvoke(
  { payload, clientContext, traceHeader, durableName }: InvokeRequest,
  invocationType: Invocation['invocationType'],
  { settings, qualifier }: InvokeTarget,
  requestId: string,
  { fault }: FaultPlan,
) {
  return {
    request_id: requestId,
    function: settings.name,
    qualifier,
    invocation_type: invocationType,
    trace_root: readTraceRoot(traceHeader),
    execution_id: readExecutionId(clientContext, 'custom') ?? readExecutionId(payload.toString(), 'bridge'),
    durable_execution_name: durableName,
    durable_execution_arn: null,
    payload_sha256: sha256(payload),
    fault,
  };
}

/** @param json valid JSON text */
function readExecutionId(json: string | null, holder: 'custom' | 'bridge'): string | null {
  const value = JSON.parse(json ?? 'null') as Partial<Record<string, { execution_id?: unknown }>> | null;
  const id = value?.[holder]?.execution_id;
  return typeof id === 'string' ? id : null;
}
