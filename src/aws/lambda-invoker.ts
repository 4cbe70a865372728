/** The only code that invokes functions. Every call sends one request and returns what is known about its result. */
import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from '@aws-sdk/client-lambda';
import type { InvocationType, LogType } from '../domain/execution.ts';
import { JSON_TYPE, resultContent } from '../domain/result-content.ts';
import { logTail } from '../domain/run-log/log-tail.ts';
import type { Answered, InvokeAnswer } from './invoke-answer.ts';
import { classifyInvokeError, notFromLambda, type SentRequest } from './invoke-error.ts';

export interface InvokeRequest {
  /** name or ARN, without qualifier */
  function: string;
  qualifier?: string;
  invocationType: InvocationType;
  logType: LogType;
  /** base64; only a function that is invoked with RequestResponse receives it */
  clientContext?: string;
  /** for functions that isolate tenants */
  tenantId?: string;
  payload: Uint8Array;
  /** for durable functions: Lambda starts only one execution for this name, even if the request is repeated */
  durableExecutionName?: string;
  /** the value of `X-Amzn-Trace-Id`, e.g. `Root=1-…` */
  traceHeader?: string;
  /** after this time the answer counts as lost */
  timeoutMs: number;
}

export class LambdaInvoker {
  readonly #client: LambdaClient;

  /** @param client AwsClients.invoke, which sends every request once */
  constructor(client: LambdaClient) {
    this.#client = client;
  }

  /** Never throws: every remote failure is returned as an answer. */
  async invoke(request: InvokeRequest): Promise<InvokeAnswer> {
    const answer = await this.#send(request);
    const tailRefused =
      answer.type === 'refused' && answer.error.message.includes('log access is not allowed');
    // Lambda refused the first request before the function started, so a second request cannot run the function twice.
    return tailRefused && request.logType === 'Tail' ? this.#send({ ...request, logType: 'None' }) : answer;
  }

  async #send(request: InvokeRequest): Promise<InvokeAnswer> {
    const sent: SentRequest = { handedOver: false };
    try {
      const output = await this.#client.send(createCommand(request, sent), {
        requestTimeout: request.timeoutMs,
      });
      return sent.fromLambda
        ? readAnswer(output, sent)
        : notFromLambda(output.$metadata.httpStatusCode ?? 0, sent, request.function);
    } catch (error) {
      return classifyInvokeError(error, sent, request.function);
    }
  }
}

function createCommand(request: InvokeRequest, sent: SentRequest): InvokeCommand {
  const command = new InvokeCommand({
    FunctionName: request.function,
    ...(request.qualifier !== undefined && { Qualifier: request.qualifier }),
    InvocationType: request.invocationType,
    // AWS accepts a log type for synchronous invocations only.
    LogType: request.invocationType === 'RequestResponse' ? request.logType : 'None',
    ...(request.clientContext !== undefined && { ClientContext: request.clientContext }),
    ...(request.tenantId !== undefined && { TenantId: request.tenantId }),
    ...(request.durableExecutionName !== undefined && { DurableExecutionName: request.durableExecutionName }),
    Payload: request.payload,
  });
  command.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      if (request.traceHeader !== undefined) headers['x-amzn-trace-id'] = request.traceHeader;
      return next(args);
    },
    { step: 'build', name: 'traceHeader' },
  );
  // The innermost step of the SDK. A request that fails before this step was never sent. After it, the headers with the
  // request id are known, although the body has not been read.
  command.middlewareStack.add(
    (next) => async (args) => {
      sent.handedOver = true;
      const result = await next(args);
      const { headers } = result.response as { headers: Record<string, string> };
      sent.requestId = headers['x-amzn-requestid'];
      sent.contentType = headers['content-type'];
      sent.fromLambda =
        headers['x-amzn-requestid'] !== undefined || headers['x-amzn-errortype'] !== undefined;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'observeRequest' },
  );
  return command;
}

function readAnswer(output: InvokeCommandOutput, { contentType }: SentRequest): Answered {
  const { StatusCode, Payload, FunctionError, LogResult, ExecutedVersion, DurableExecutionArn, $metadata } =
    output;
  return {
    type: 'answered',
    statusCode: StatusCode ?? $metadata.httpStatusCode ?? 0,
    payload: resultContent(Payload ?? new Uint8Array()),
    ...(isOwnType(contentType) && { contentType }),
    ...($metadata.requestId !== undefined && { requestId: $metadata.requestId }),
    ...(FunctionError !== undefined && { functionError: FunctionError }),
    ...(LogResult !== undefined && { logTail: logTail([Buffer.from(LogResult, 'base64').toString('utf8')]) }),
    ...(ExecutedVersion !== undefined && { executedVersion: ExecutedVersion }),
    ...(DurableExecutionArn !== undefined && { durableExecutionArn: DurableExecutionArn }),
  };
}

/**
 * A custom runtime may send any text as its type. The bridge sends it on as a header, so it must be printable ASCII.
 */
function isOwnType(contentType: string | undefined): contentType is string {
  return contentType !== undefined && contentType !== JSON_TYPE && /^[\x20-\x7e]{1,255}$/.test(contentType);
}
