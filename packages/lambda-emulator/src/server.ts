/**
 * The Lambda emulator: serves the functions of a folder through the APIs of Lambda, CloudWatch Logs, X-Ray and
 * CloudWatch on one port, for unmodified AWS clients. It checks no signatures: run it on loopback or in a private network.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from './api/aws-error.ts';
import { ControlApi } from './api/control-api.ts';
import { InvokeCall } from './api/invoke-call.ts';
import { LambdaApi, readJson } from './api/lambda-api.ts';
import { LiveTailApi } from './api/live-tail-api.ts';
import { LogsApi } from './api/logs-api.ts';
import { getMetricData } from './api/metrics-api.ts';
import { sendAnswer } from './api/send-answer.ts';
import { batchGetTraces } from './api/xray-api.ts';
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
import type { Answer, EventRecord, RunRecord } from './model.ts';
import { EnvironmentPool } from './runtime/environment-pool.ts';
import { InvocationRunner } from './runtime/invocation-runner.ts';
import { Telemetry } from './tracing/telemetry.ts';

export interface EmulatorOptions {
  functionsDir: string;
  /** default 127.0.0.1 */
  host?: string;
  /** default 0: a free port */
  port?: number;
  /** default AWS_REGION, else us-east-1 */
  region?: string;
  /** delays before the retries of an asynchronous event; default 60 and 120, as in Lambda */
  retryDelaysSeconds?: number[];
  /** first delay after an asynchronous event is throttled, doubled each time; default 1, as in Lambda */
  throttleDelaySeconds?: number;
  /** Python interpreter; default python3 */
  python?: string;
  /** environment variables for every function */
  environment?: Record<string, string>;
  /** maximum concurrent invocations of all functions together; default 100, since each is a process on this machine */
  concurrency?: number;
  /** how long an idle environment is kept; default 300 */
  idleSeconds?: number;
  /** how long a function may take to load; default 10, as in Lambda */
  initTimeoutSeconds?: number;
  /** faults to inject; default none */
  faults?: FaultScript;
  /** shortest and longest time until a log line can be read; default 0 and 0 */
  logDelaySeconds?: SecondsRange;
  /** how long a Live Tail session may last; default 3 hours, as in CloudWatch */
  liveTailSeconds?: number;
  onInvocation?: (record: RunRecord) => void;
  onEventEnd?: (record: EventRecord) => void;
}

export interface Emulator {
  url: string;
  functionNames: string[];
  /** Stops at once: kills running functions and discards queued events. */
  stop(): Promise<void>;
}

/** @throws FunctionFolderError, or the system's error if it cannot listen on the port */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
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
  const telemetry = new Telemetry(region);
  const liveTails = new LiveTailApi(logs, region, options.liveTailSeconds ?? 3 * 60 * 60, planner);
  const runner = new InvocationRunner(
    pool,
    options.initTimeoutSeconds ?? 10,
    truth,
    telemetry,
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
    liveTails,
    telemetry,
    control: new ControlApi(truth, (script) => {
      queue.clear();
      durable.clear();
      planner.reset(script);
      logs.clear();
      liveTails.clear();
      telemetry.clear();
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
      liveTails.close();
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
  // If the server closed an idle connection while the next Invoke is being sent, the caller would not get its outcome.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

interface Apis {
  lambda: LambdaApi;
  logs: LogsApi;
  liveTails: LiveTailApi;
  telemetry: Telemetry;
  control: ControlApi;
}

function createRequestHandler(apis: Apis): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const requestId = randomUUID();
    answer(apis, request, requestId).then(
      (answer) => sendAnswer(response, answer, requestId),
      (error: unknown) => {
        // Nobody waits for an answer: the caller closed the connection, or the emulator is stopping.
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
  if (target) return answerRpc(apis, request, target, requestId);
  if (request.method === 'POST' && request.url === '/Traces') return answerTraces(apis.telemetry, request);
  const api = request.url?.startsWith('/local/') ? apis.control : apis.lambda;
  return answerRest(api, request, requestId);
}

async function answerRest(
  api: LambdaApi | ControlApi,
  request: IncomingMessage,
  requestId: string,
): Promise<Answer> {
  try {
    return await api.answer(request, new URL(`http://local${request.url}`), requestId);
  } catch (error) {
    return describeRestError(error, request);
  }
}

async function answerTraces({ traces }: Telemetry, request: IncomingMessage): Promise<Answer> {
  try {
    return { status: 200, body: batchGetTraces(traces, await readJson(request)) };
  } catch (error) {
    return describeRestError(error, request);
  }
}

function describeRestError(error: unknown, request: IncomingMessage): Answer {
  if (!(error instanceof AwsError)) throw error;
  request.resume();
  const headers = { ...error.headers, 'x-amzn-errortype': error.name };
  return { status: error.status, headers, body: error.lambdaBody() };
}

/** The services whose operation is in X-Amz-Target: CloudWatch Logs and CloudWatch. */
async function answerRpc(
  { logs, liveTails, telemetry }: Apis,
  request: IncomingMessage,
  target: string,
  requestId: string,
): Promise<Answer> {
  const isMetrics = target === 'GraniteServiceVersion20100801.GetMetricData';
  const headers = { 'Content-Type': `application/x-amz-json-${isMetrics ? '1.0' : '1.1'}` };
  try {
    const input = await readJson(request);
    const operation = target.replace(/^Logs_20140328\./, '');
    if (operation === 'StartLiveTail') return liveTails.start(input, requestId);
    const body = isMetrics ? getMetricData(telemetry.metrics, input) : logs.call(operation, input);
    return { status: 200, headers, body };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: error.status, headers, body: error.logsBody() };
  }
}
