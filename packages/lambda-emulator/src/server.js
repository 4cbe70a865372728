/**
 * A Lambda endpoint for a laptop: serves the functions of a folder through the Lambda and CloudWatch Logs APIs on one
 * port, so that unchanged AWS clients work against it. It checks no signatures: keep it on loopback or in a private
 * network.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { AwsError } from './api/aws-error.js';
import { InvokeCall } from './api/invoke-call.js';
import { LambdaApi, readJson } from './api/lambda-api.js';
import { LocalApi } from './api/local-api.js';
import { LogsApi } from './api/logs-api.js';
import { sendAnswer } from './api/send-answer.js';
import { DurableApi } from './durable/durable-api.js';
import { DurableExecutions } from './durable/durable-executions.js';
import { Destinations } from './events/destinations.js';
import { EventInvokeConfigs } from './events/event-invoke-config.js';
import { EventQueue } from './events/event-queue.js';
import { FaultPlanner } from './faults/fault-planner.js';
import { TruthRecord } from './faults/truth-record.js';
import { loadFunctions } from './functions/function-folder.js';
import { LogStore } from './logs/log-store.js';
import { EnvironmentPool } from './runtime/environment-pool.js';
import { InvocationRunner } from './runtime/invocation-runner.js';
/** @throws FunctionFolderError, or the system's error when the port cannot be had */
export async function startLocalLambda(options) {
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
  const apis = {
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
    url: `http://${host.includes(':') ? `[${host}]` : host}:${server.address().port}`,
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
async function listen(handle, host, port) {
  const server = createServer(handle);
  // An idle connection closed by the server just as the next Invoke goes out would leave its outcome in doubt.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
function createRequestHandler(apis) {
  return (request, response) => {
    const requestId = randomUUID();
    answer(apis, request, requestId).then(
      (answer) => sendAnswer(response, answer, requestId),
      (error) => {
        // Nobody to tell: the caller has left, or the endpoint is being stopped.
        if (request.destroyed && !request.complete) return;
        console.error(`${request.method} ${request.url} failed:`, error);
        const headers = { 'x-amzn-errortype': 'ServiceException' };
        sendAnswer(response, { status: 500, headers, body: {} }, requestId);
      },
    );
  };
}
function answer(apis, request, requestId) {
  const target = request.headers['x-amz-target']?.toString();
  if (target) return answerLogs(apis.logs, request, target);
  const api = request.url?.startsWith('/local/') ? apis.local : apis.lambda;
  return answerRest(api, request, requestId);
}
async function answerRest(api, request, requestId) {
  try {
    return await api.answer(request, new URL(`http://local${request.url}`), requestId);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    request.resume();
    const headers = { ...error.headers, 'x-amzn-errortype': error.name };
    return { status: error.status, headers, body: error.lambdaBody() };
  }
}
async function answerLogs(logs, request, target) {
  const headers = { 'Content-Type': 'application/x-amz-json-1.1' };
  try {
    const operation = target.replace(/^Logs_20140328\./, '');
    return { status: 200, headers, body: logs.call(operation, await readJson(request)) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: error.status, headers, body: error.logsBody() };
  }
}
//# sourceMappingURL=server.js.map
