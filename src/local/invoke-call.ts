/**
 * The Invoke call: checks the request, and runs it, queues it, or only says that it would.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { EventQueue } from './event-queue.ts';
import { answerWithFault } from './fault-answer.ts';
import type { FaultPlan, FaultPlanner } from './fault-planner.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { Invocation, InvocationRunner } from './invocation-runner.ts';
import { type InvokeRequest, readInvokeRequest } from './invoke-request.ts';
import { readTraceRoot } from './report.ts';
import { sha256, type TruthRecord } from './truth-record.ts';

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

export class InvokeCall {
  readonly #runner: InvocationRunner;
  readonly #queue: EventQueue;
  readonly #planner: FaultPlanner;
  readonly #truth: TruthRecord;

  constructor(runner: InvocationRunner, queue: EventQueue, planner: FaultPlanner, truth: TruthRecord) {
    this.#runner = runner;
    this.#queue = queue;
    this.#planner = planner;
    this.#truth = truth;
  }

  async answer(request: IncomingMessage, target: InvokeTarget, requestId: string): Promise<Answer> {
    const invoke = await readInvokeRequest(request);
    const { settings } = target;
    if (invoke.durableName !== null) {
      throw new AwsError(
        400,
        'InvalidParameterValueException',
        `${settings.name} is not a durable function.`,
      );
    }
    if (invoke.type === 'DryRun') return { status: 204 };
    const { type: invocationType, payload, clientContext, traceHeader } = invoke;
    const isDurable = false;
    const plan = this.#planner.plan({ functionName: settings.name, invocationType, isDurable, payload });
    const truth = this.#truth.add(describeInvoke(invoke, invocationType, target, requestId, plan));
    const invocation: Invocation = {
      requestId,
      settings,
      version: target.version,
      payload,
      invokedArn: target.arn,
      invocationType,
      plan,
      truth,
      // Lambda does not keep it with a queued event.
      ...(clientContext && invocationType === 'RequestResponse' && { clientContext }),
      ...(traceHeader && { traceHeader }),
    };
    try {
      const answer = await answerWithFault(plan, () => this.#serve(invocation, target, invoke.withTail));
      this.#truth.answered(truth, answer);
      return answer;
    } catch (error) {
      if (error instanceof AwsError) this.#truth.answered(truth, error);
      throw error;
    }
  }

  async #serve(invocation: Invocation, { qualifier }: InvokeTarget, withTail: boolean): Promise<Answer> {
    if (invocation.invocationType === 'RequestResponse') return this.#run(invocation, withTail);
    this.#queue.add(invocation, qualifier);
    return { status: 202 };
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

/** @param json text that is known to be JSON */
function readExecutionId(json: string | null, holder: 'custom' | 'bridge'): string | null {
  const value = JSON.parse(json ?? 'null') as Partial<Record<string, { execution_id?: unknown }>> | null;
  const id = value?.[holder]?.execution_id;
  return typeof id === 'string' ? id : null;
}
