import { checkDurable, startDurable } from '../durable/durable-start.js';
import { answerWithFault } from '../faults/fault-answer.js';
import { sha256 } from '../faults/truth-record.js';
import { readTraceRoot } from '../logs/report.js';
import { AwsError } from './aws-error.js';
import { readInvokeRequest } from './invoke-request.js';
export class InvokeCall {
  #runner;
  #queue;
  #durable;
  #planner;
  #truth;
  #region;
  constructor(parts) {
    this.#runner = parts.runner;
    this.#queue = parts.queue;
    this.#durable = parts.durable;
    this.#planner = parts.planner;
    this.#truth = parts.truth;
    this.#region = parts.region;
  }
  async answer(request, target, requestId) {
    const invoke = await readInvokeRequest(request);
    const { settings } = target;
    checkDurable(target, invoke);
    if (invoke.type === 'DryRun') return { status: 204 };
    const { type: invocationType, payload, clientContext, traceHeader } = invoke;
    const isDurable = settings.durable !== null;
    const plan = this.#planner.plan({ functionName: settings.name, invocationType, isDurable, payload });
    const truth = this.#truth.add(describeInvoke(invoke, invocationType, target, requestId, plan));
    const invocation = {
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
      const answer = await answerWithFault(plan, () => this.#serve(invocation, target, invoke));
      this.#truth.answered(truth, answer);
      return answer;
    } catch (error) {
      if (error instanceof AwsError) this.#truth.answered(truth, error);
      throw error;
    }
  }
  async #serve(invocation, target, invoke) {
    if (target.settings.durable) return this.#serveDurable(invocation, target, invoke.durableName);
    if (invocation.invocationType === 'RequestResponse') return this.#run(invocation, invoke.withTail);
    this.#queue.add(invocation, target.qualifier);
    return { status: 202 };
  }
  async #serveDurable(invocation, target, name) {
    const execution = startDurable(this.#durable, invocation, target, name, this.#region);
    const { arn } = execution.start;
    this.#truth.nameDurable(invocation.truth, execution.start.name, arn);
    const headers = { 'X-Amz-Durable-Execution-Arn': arn };
    if (invocation.invocationType === 'Event') return { status: 202, headers };
    await execution.ended;
    return { status: 200, headers: { ...headers, ...endHeaders(execution) }, body: endPayload(execution) };
  }
  async #run(invocation, withTail) {
    const { payload, errorType, tail } = await this.#runner.run(invocation);
    const headers = { 'X-Amz-Executed-Version': invocation.version };
    if (errorType !== null) headers['X-Amz-Function-Error'] = 'Unhandled';
    if (withTail) headers['X-Amz-Log-Result'] = tail.toString('base64');
    if (invocation.traceHeader) headers['X-Amzn-Trace-Id'] = invocation.traceHeader;
    return { status: 200, headers, body: payload };
  }
}
function endHeaders({ start, status }) {
  return {
    'X-Amz-Executed-Version': start.version,
    ...(status !== 'SUCCEEDED' && { 'X-Amz-Function-Error': 'Unhandled' }),
  };
}
/** The result, or the error in the words of the runtimes. */
function endPayload({ status, result, error }) {
  if (result !== null) return Buffer.from(result);
  const errorMessage = error?.ErrorMessage ?? `The durable execution ended as ${status}.`;
  const known = { errorType: error?.ErrorType, errorMessage, stackTrace: error?.StackTrace };
  return Buffer.from(JSON.stringify(known));
}
function describeInvoke(
  { payload, clientContext, traceHeader, durableName },
  invocationType,
  { settings, qualifier },
  requestId,
  { fault },
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
function readExecutionId(json, holder) {
  const value = JSON.parse(json ?? 'null');
  const id = value?.[holder]?.execution_id;
  return typeof id === 'string' ? id : null;
}
//# sourceMappingURL=invoke-call.js.map
