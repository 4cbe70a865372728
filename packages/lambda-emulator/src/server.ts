/**
 * A Lambda endpoint for a laptop: serves the functions of a folder through the Lambda and CloudWatch Logs APIs on one
 * port, so that unchanged AWS clients work against it. It checks no signatures: keep it on loopback or in a private
 * network.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from './api/aws-error.ts';
import { InvokeCall } from './api/invoke-call.ts';
import { LambdaApi, readJson } from './api/lambda-api.ts';
import { LocalApi } from './api/local-api.ts';
import { LogsApi } from './api/logs-api.ts';
import { sendAnswer } from './api/send-answer.ts';
import { DurableApi } from './durable/durable-api.ts';
import { DurableExecutions } from './durable/durable-executions.ts';
import { Destinations } from './events/destinations.ts';
import { EventInvokeConfigs } from './events/event-invoke-config.ts';
import { EventQueue } from './events/event-queue.ts';
import { FaultPlanner } from './faults/fault-planner.ts';
import type { FaultScript } from './faults/fault-script.ts';
import type { SecondsRange } from './faults/random.ts';
import { TruthRecord } from './faults/truth-record.ts';
import { loadFunctions } from './functions/function-folder.ts';
import { LogStore } from './logs/log-store.ts';
import type { Answer, EventRecord, InvocationRecord } from './model.ts';
import { EnvironmentPool } from './runtime/environment-pool.ts';
import { InvocationRunner } from './runtime/invocation-runner.ts';

export interface LocalLambdaOptions {
  functionsDir: string;
  /** 127.0.0.1 */
  host?: string;
  /** 0: a free one */
  port?: number;
  /** AWS_REGION, else us-east-1 */
  region?: string;
  /** delays before the further tries of an asynchronous event; 60 and 120, as Lambda's */
  retryDelaysSeconds?: number[];
  /** first delay after a throttled asynchronous event, doubled each time; 1, as Lambda's */
  throttleDelaySeconds?: number;
  /** Python interpreter; python3 */
  python?: string;
  /** variables for every function */
  environment?: Record<string, string>;
  /** invocations at the same time over all functions; 100, as every one is a process of this machine */
  concurrency?: number;
  /** how long an unused environment is kept; 300 */
  idleSeconds?: number;
  /** how long a function may take to load; 10, as Lambda's */
  initTimeoutSeconds?: number;
  /** what goes wrong; nothing */
  faults?: FaultScript;
  /** least and most time until a log event can be read; 0 and 0 */
  logDelaySeconds?: SecondsRange;
  onInvocation?: (record: InvocationRecord) => void;
  onEventEnd?: (record: EventRecord) => void;
}

export interface LocalLambda {
  url: string;
  functionNames: string[];
  /** Ends at once: running functions are killed, queued events are gone. */
  stop(): Promise<void>;
}

/** @throws FunctionFolderError, or the system's error when the port cannot be had */
export async function startLocalLambda(options: LocalLambdaOptions): Promise<LocalLambda> {
  const { functionsDir, host = '127.0.0.1', port = 0, concurrency = 100, environment = {} } = options;
  const region = options.region ?? process.env['AWS_REGION'] ?? 'us-east-1';
  const functions = await loadFunctions(functionsDir);
  const logs = new LogStore();
  const limits = { concurrency, idleSeconds: options.idleSeconds ?? 300 };
  const pool = new EnvironmentPool(limits, logs, {
    region,
    python: options.python ?? 'python3',
    environment,
  });
  const truth = new TruthRecord();
  const planner = new FaultPlanner(options.faults ?? null, options.logDelaySeconds ?? [0, 0]);
  const runner = new InvocationRunner(
    pool,
    options.initTimeoutSeconds ?? 10,
    truth,
    options.onInvocation ?? (() => {}),
  );
  const configs = new EventInvokeConfigs(functions.values(), region);
  const delays = {
    retrySeconds: options.retryDelaysSeconds ?? [60, 120],
    throttleSeconds: options.throttleDelaySeconds ?? 1,
  };
  const destinations = new Destinations(region, truth);
  const queue = new EventQueue(runner, configs, destinations, delays, options.onEventEnd ?? (() => {}));
  const durable = new DurableExecutions(runner, truth, delays.throttleSeconds);
  const invoke = new InvokeCall({ runner, queue, durable, planner, truth, region });
  const apis: Apis = {
    lambda: new LambdaApi(functions, region, concurrency, invoke, configs, new DurableApi(durable)),
    logs: new LogsApi(logs, region),
    local: new LocalApi(truth, (script) => {
      queue.clear();
      durable.clear();
      planner.reset(script);
      logs.clear();
      truth.clear();
    }),
  };
  const server = await listen(createRequestHandler(apis), host, port);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    functionNames: [...functions.keys()],
    async stop() {
      queue.stop();
      durable.clear();
      destinations.close();
      server.close();
      server.closeAllConnections();
      await pool.close();
    },
  };
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  host: string,
  port: number,
): Promise<Server> {
  const server = createServer(handle);
  // An idle connection closed by the server just as the next Invoke goes out would leave its outcome in doubt.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

interface Apis {
  lambda: LambdaApi;
  logs: LogsApi;
  local: LocalApi;
}

function createRequestHandler(apis: Apis): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const requestId = randomUUID();
    answer(apis, request, requestId).then(
      (answer) => sendAnswer(response, answer, requestId),
      (error: unknown) => {
        // Nobody to tell: the caller has left, or the endpoint is being stopped.
        if (request.destroyed && !request.complete) return;
        console.error(`${request.method} ${request.url} failed:`, error);
        const headers = { 'x-amzn-errortype': 'ServiceException' };
        sendAnswer(response, { status: 500, headers, body: {} }, requestId);
      },
    );
  };
}

function answer(apis: Apis, request: IncomingMessage, requestId: string): Promise<Answer> {
  const target = request.headers['x-amz-target']?.toString();
  if (target) return answerLogs(apis.logs, request, target);
  const api = request.url?.startsWith('/local/') ? apis.local : apis.lambda;
  return answerRest(api, request, requestId);
}

async function answerRest(
  api: LambdaApi | LocalApi,
  request: IncomingMessage,
  requestId: string,
): Promise<Answer> {
  try {
    return await api.answer(request, new URL(`http://local${request.url}`), requestId);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    request.resume();
    const headers = { ...error.headers, 'x-amzn-errortype': error.name };
    return { status: error.status, headers, body: error.lambdaBody() };
  }
}

async function answerLogs(logs: LogsApi, request: IncomingMessage, target: string): Promise<Answer> {
  const headers = { 'Content-Type': 'application/x-amz-json-1.1' };
  try {
    const operation = target.replace(/^Logs_20140328\./, '');
    return { status: 200, headers, body: logs.call(operation, await readJson(request)) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: error.status, headers, body: error.logsBody() };
  }
}
