/** The composition root: the only place that builds the parts, and starts and stops them. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { type AwsClients, createAwsClients, createTailClient } from './aws/clients.ts';
import { DurableExecutions } from './aws/durable.ts';
import { ErrorMetricReader } from './aws/error-metric.ts';
import { FunctionReader } from './aws/function-reader.ts';
import { LambdaInvoker } from './aws/lambda-invoker.ts';
import { LiveTail } from './aws/live-tail.ts';
import { LogReader } from './aws/log-reader.ts';
import { ObjectStore } from './aws/object-store.ts';
import { Queue } from './aws/queue.ts';
import { TraceReader } from './aws/trace-reader.ts';
import type { Channel } from './completion/channel.ts';
import { createChannels } from './completion/index.ts';
import type { KnownAttempts } from './completion/logs/doubts.ts';
import { type Config, ConfigError } from './config/config.ts';
import { openApi } from './contract/openapi.ts';
import { createApp } from './http/app.ts';
import { callbackHandlers } from './http/callbacks.ts';
import { executionHandlers } from './http/executions.ts';
import type { Handlers } from './http/handler.ts';
import { operationHandlers } from './http/operations.ts';
import { payloadHandlers } from './http/payloads.ts';
import { close, listen, urlOf } from './http-server.ts';
import { GroupedWrites } from './ledger/grouped-writes.ts';
import type { Ledger } from './ledger/ledger.ts';
import { ByteBudget } from './lifecycle/byte-budget.ts';
import { ExecutionLogReader } from './lifecycle/follow/execution-log.ts';
import { processCallback } from './lifecycle/follow/process-callback.ts';
import { Receiver } from './lifecycle/follow/receiver.ts';
import { Rescuer } from './lifecycle/follow/rescuer.ts';
import { Watcher } from './lifecycle/follow/watcher.ts';
import { Dispatcher } from './lifecycle/invoke/dispatcher.ts';
import { AttemptRunner } from './lifecycle/invoke/run-attempt.ts';
import { Service } from './lifecycle/service.ts';
import { cancel } from './lifecycle/settle/cancel.ts';
import { prune } from './lifecycle/settle/pruner.ts';
import { createSettle } from './lifecycle/settle/settle.ts';
import { Waiters } from './lifecycle/settle/waiters.ts';
import { Staging } from './lifecycle/staging.ts';
import { unknownChannels } from './lifecycle/submit/choose-completion.ts';
import { Permissions } from './lifecycle/submit/permissions.ts';
import { Submitter } from './lifecycle/submit/submitter.ts';
import { Objects } from './lifecycle/submit/write-object.ts';
import { openLedger } from './open-ledger.ts';
import { sharedRate } from './shared-rate.ts';
import { VERSION } from './version.ts';

export interface Bridge {
  /** where it listens */
  url: string;
  /** Finishes or hands over held invocations, then stops everything. Call it again with 0 to stop waiting. */
  stop(drainSeconds?: number): Promise<void>;
}

type Aws = Awaited<ReturnType<typeof buildAws>>;
type Lifecycle = ReturnType<typeof buildLifecycle>;

export async function startBridge(config: Config, log: Logger): Promise<Bridge> {
  const clients = createAwsClients({ maxHeldInvocations: config.limits.heldInvocations });
  await requireRegion(clients);
  const { ledger } = await openLedger(config);
  try {
    return await start(config, log, clients, ledger);
  } catch (error) {
    // Left open, the embedded ledger would keep the process alive and its directory locked.
    clients.close();
    await ledger.close();
    throw error;
  }
}

async function start(config: Config, log: Logger, clients: AwsClients, ledger: Ledger): Promise<Bridge> {
  const { limits } = config;
  const aws = await buildAws(config, clients, ledger, log);
  const channels = buildChannels(config, aws, ledger, log);
  const budget = new ByteBudget(limits.payloadMemoryBytes);
  const lifecycle = buildLifecycle(config, log, ledger, aws, channels, budget);
  let stopping = false;
  const handlers = buildHandlers(config, log, ledger, aws, channels, lifecycle, () => stopping);
  const options = {
    tokens: config.tokens,
    bodyLimit: limits.bodyBytes,
    budget,
    stopping: () => stopping,
    log,
  };
  const server = await listen(createApp(handlers, options), config);
  lifecycle.service.start();
  const url = urlOf(server, config.host);
  log.info({ url, ledger: config.databaseUrl ? 'postgres' : 'embedded', version: VERSION }, 'listening');

  const closeAll = async () => {
    await close(server);
    clients.close();
    await ledger.close();
    log.info('stopped');
  };
  let closing: Promise<void> | undefined;
  return {
    url,
    async stop(drainSeconds = limits.drainSeconds) {
      stopping = true;
      await lifecycle.service.stop(drainSeconds);
      closing ??= closeAll();
      await closing;
    },
  };
}

/** Without a region every call to AWS would fail, so a missing region is an error of the configuration. */
async function requireRegion({ lambda }: AwsClients): Promise<void> {
  await lambda.config.region().catch(() => {
    throw new ConfigError(['No AWS region is configured. Set AWS_REGION, or name one in the AWS profile.']);
  });
}

async function buildAws({ limits, policies }: Config, clients: AwsClients, ledger: Ledger, log: Logger) {
  const rate = await sharedRate(ledger, clients, limits.logCallsPerSecond, log);
  const queueUrls = new Set(policies.flatMap(({ queue }) => queue ?? []));
  return {
    functions: new FunctionReader(clients.lambda),
    invoker: new LambdaInvoker(clients.invoke),
    logs: new LogReader(clients.logs, rate.pass, { throttled: rate.throttled }),
    durable: new DurableExecutions(clients.lambda),
    store: new ObjectStore(clients.s3),
    traces: new TraceReader(clients.xray),
    metrics: new ErrorMetricReader(clients.cloudwatch),
    queues: [...queueUrls].map((url) => new Queue(clients.sqs, url)),
    /** how long a call of CloudWatch Logs would wait now */
    logQueueMs: rate.queueMs,
  };
}

/** @throws ConfigError when a policy names an unknown channel */
function buildChannels(config: Config, aws: Aws, ledger: Ledger, log: Logger): Channel[] {
  const { policies, stagingUri, limits } = config;
  const known: KnownAttempts = {
    owned: (requestIds) => ledger.ownedRequestIds(requestIds),
    hasRival: (attempt) => ledger.hasUnnamedRival(attempt),
  };
  const channels = createChannels({
    ...aws,
    known,
    callback: config,
    stagingUri,
    policies,
    lateLinesMs: limits.lateLinesSeconds * 1_000,
    liveTail: config.liveTail ? new LiveTail(createTailClient) : undefined,
    log,
  });
  const errors = unknownChannels(policies, channels);
  if (errors.length > 0) throw new ConfigError(errors);
  return channels;
}

function buildLifecycle(
  config: Config,
  log: Logger,
  ledger: Ledger,
  aws: Aws,
  channels: Channel[],
  budget: ByteBudget,
) {
  const { limits } = config;
  const { functions, invoker, store } = aws;
  const staging = new Staging(store, config.stagingUri);
  const permissions = new Permissions(config.policies, config.buckets);
  const waiters = new Waiters((ids) => ledger.endedAmong(ids));
  ledger.onEnded((ids) => waiters.ended(ids));
  const writes = new GroupedWrites(ledger);
  const settle = createSettle(writes, staging, waiters, limits, log);
  const runner = new AttemptRunner({
    ledger,
    budget,
    writes,
    invoker,
    functions,
    channels,
    staging,
    settle,
    limits,
    log,
  });
  const dispatcher = new Dispatcher(ledger, randomUUID(), (attempt) => runner.run(attempt), limits, log);
  const rescuer = new Rescuer(ledger, functions, waiters, limits, log);
  const service = new Service({
    dispatcher,
    receiver: new Receiver(ledger, channels, settle, log),
    waiters,
    watcher: new Watcher(ledger, channels, settle, limits, log),
    failOverdue: () => rescuer.failOverdue(),
    doubtAbandoned: () => rescuer.doubtAbandoned(),
    prune: () => prune(ledger, limits.retentionDays, log),
    limits,
    log,
  });
  const submitter = new Submitter({
    ledger,
    writes,
    dispatcher,
    channels,
    permissions,
    functions,
    store,
    staging,
    limits,
    log,
  });
  return { staging, permissions, waiters, settle, service, submitter };
}

function buildHandlers(
  config: Config,
  log: Logger,
  ledger: Ledger,
  aws: Aws,
  channels: Channel[],
  lifecycle: Lifecycle,
  stopping: () => boolean,
): Handlers {
  const { staging, waiters, settle, permissions, submitter } = lifecycle;
  return {
    ...executionHandlers({
      ledger,
      submitter,
      waiters,
      logs: new ExecutionLogReader(aws.logs, aws.functions, aws.durable, aws.logQueueMs),
      staging,
      cancel: (id) => cancel({ ledger, waiters, channels, staging, log }, id),
    }),
    ...payloadHandlers({ staging, objects: new Objects(aws.store, permissions) }),
    ...callbackHandlers(config.callbackSecret, (attempt, callback) =>
      processCallback({ ledger, settle }, attempt, callback),
    ),
    ...operationHandlers({
      unavailableReasons: () => unavailableReasons(ledger, aws, stopping),
      openApi: openApi(VERSION),
    }),
  };
}

async function unavailableReasons(ledger: Ledger, { functions }: Aws, stopping: () => boolean) {
  const reasons = [
    stopping() ? 'It is stopping.' : undefined,
    (await ledger.isReachable()) ? undefined : 'The ledger cannot be reached.',
    await functions.unavailableReason(),
  ];
  return reasons.filter((reason) => reason !== undefined);
}
