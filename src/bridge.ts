/** The composition root: the only place that builds, and the order in which all of it starts and stops. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type AwsClients, createAwsClients } from './aws/clients.ts';
import { DurableExecutions } from './aws/durable.ts';
import { FunctionReader } from './aws/function-reader.ts';
import { LambdaInvoker } from './aws/lambda-invoker.ts';
import { LogReader } from './aws/log-reader.ts';
import { ObjectStore } from './aws/object-store.ts';
import { Queue } from './aws/queue.ts';
import { createChannels } from './completion/index.ts';
import { type Config, ConfigError } from './config.ts';
import { openApi } from './contract/openapi.ts';
import { createApp } from './http/app.ts';
import { callbackHandlers, requireCallbackToken } from './http/callbacks.ts';
import { executionHandlers } from './http/executions.ts';
import { operationHandlers } from './http/operations.ts';
import { payloadHandlers } from './http/payloads.ts';
import { type Database, isReachable } from './ledger/database.ts';
import { endedAmong } from './ledger/executions.ts';
import { queueMs, takePlace } from './ledger/rate.ts';
import { AttemptRunner } from './lifecycle/attempt.ts';
import { takeCallback } from './lifecycle/callbacks.ts';
import { cancel } from './lifecycle/cancel.ts';
import { unknownChannels } from './lifecycle/completion-choice.ts';
import { Dispatcher } from './lifecycle/dispatcher.ts';
import { ExecutionLogReader } from './lifecycle/logs.ts';
import { Objects } from './lifecycle/objects.ts';
import { Permissions } from './lifecycle/permissions.ts';
import { prune } from './lifecycle/pruner.ts';
import { Receiver } from './lifecycle/receiver.ts';
import { Rescuer } from './lifecycle/rescuer.ts';
import { Service } from './lifecycle/service.ts';
import { createSettle } from './lifecycle/settle.ts';
import { Staging } from './lifecycle/staging.ts';
import { Submitter } from './lifecycle/submit.ts';
import { Waiters } from './lifecycle/waiters.ts';
import { Watcher } from './lifecycle/watcher.ts';
import { openLedger } from './open-ledger.ts';
import { StartError } from './start-error.ts';
import { VERSION } from './version.ts';

const SILENCE_MS = 300_000;
/** Longer than load balancers keep an idle connection (60 s), which would else reuse one that we are closing. */
const IDLE_MS = 75_000;
const LAST_ANSWERS_MS = 3_000;

export interface Bridge {
  /** where it listens */
  url: string;
  /** Finishes or hands over what is held, then ends everything. Call it again with 0 to stop waiting. */
  stop(drainSeconds?: number): Promise<void>;
}

/** CloudWatch's rate is one for the account and Region, so all replicas take their places in one row of the ledger. */
async function sharedPace(db: Database, clients: AwsClients, perSecond: number) {
  const name = `logs ${await clients.logs.config.region()}`;
  const pass = async () => {
    const waitMs = await takePlace(db, name, perSecond, perSecond);
    if (waitMs > 0) await sleep(waitMs);
  };
  return { pass, queueMs: () => queueMs(db, name) };
}

/** Without a region every call to AWS would fail: that is a fault of the configuration, not of each execution. */
async function requireRegion({ lambda }: AwsClients): Promise<void> {
  await lambda.config.region().catch(() => {
    throw new ConfigError(['AWS has no region here. Set AWS_REGION, or name one in the AWS profile.']);
  });
}

export async function startBridge(config: Config, log: Logger): Promise<Bridge> {
  const { limits } = config;
  const clients = createAwsClients({ maxHeldInvocations: limits.heldInvocations });
  await requireRegion(clients);
  const { database: db } = await openLedger(config);
  const functions = new FunctionReader(clients.lambda);
  const pace = await sharedPace(db, clients, limits.logCallsPerSecond);
  const logs = new LogReader(clients.logs, pace.pass);
  const durable = new DurableExecutions(clients.lambda);
  const store = new ObjectStore(clients.s3);
  const { policies, stagingUri } = config;
  const queueUrls = new Set(policies.flatMap(({ queue }) => queue ?? []));
  const queues = [...queueUrls].map((url) => new Queue(clients.sqs, url));
  const sources = { logs, functions, durable, callback: config, store, stagingUri, queues, policies, log };
  const channels = createChannels(sources);
  // Left open, the embedded ledger would keep the process alive, and its directory held.
  const giveUp = async (error: unknown): Promise<never> => {
    clients.close();
    await db.close();
    throw error;
  };
  const faults = unknownChannels(policies, channels);
  if (faults.length > 0) await giveUp(new ConfigError(faults));
  const staging = new Staging(store, stagingUri);
  const permissions = new Permissions(policies, config.buckets);

  const waiters = new Waiters((ids) => endedAmong(db, ids));
  const settle = createSettle(db, staging, waiters, limits, log);
  const invoker = new LambdaInvoker(clients.invoke);
  const runner = new AttemptRunner({ db, invoker, functions, channels, staging, settle, limits, log });
  const dispatcher = new Dispatcher(db, randomUUID(), (attempt) => runner.run(attempt), limits, log);
  const watcher = new Watcher(db, channels, settle, limits, log);
  const rescuer = new Rescuer(db, functions, waiters, limits, log);
  const receiver = new Receiver(db, channels, settle, log);
  const service = new Service({
    dispatcher,
    receiver,
    waiters,
    watch: () => watcher.runOnce(),
    failOverdue: () => rescuer.failOverdue(),
    doubtAbandoned: () => rescuer.doubtAbandoned(),
    prune: () => prune(db, limits.retentionDays, log),
    limits,
    log,
  });

  let stopping = false;
  const nudge = () => dispatcher.nudge();
  const submitter = new Submitter({
    db,
    channels,
    permissions,
    functions,
    store,
    staging,
    limits,
    log,
    nudge,
  });
  const obstacles = async () =>
    [
      stopping ? 'It is stopping.' : undefined,
      (await isReachable(db)) ? undefined : 'The ledger cannot be reached.',
      await functions.obstacle(),
    ].filter((one) => one !== undefined);
  const app = createApp(
    {
      ...executionHandlers({
        db,
        submitter,
        waiters,
        logs: new ExecutionLogReader(logs, functions, durable, pace.queueMs),
        staging,
        cancel: (id) => cancel({ db, waiters, channels, staging, log }, id),
      }),
      ...payloadHandlers({ staging, objects: new Objects(store, permissions) }),
      ...callbackHandlers((attempt, report) => takeCallback({ db, settle }, attempt, report)),
      ...operationHandlers({ obstacles, openApi: openApi(VERSION) }),
    },
    {
      tokens: config.tokens,
      attemptToken: requireCallbackToken(config.callbackSecret),
      bodyLimit: limits.bodyBytes,
      stopping: () => stopping,
      log,
    },
  );
  const server = await listen(app, config).catch(giveUp);
  service.start();
  const { port } = server.address() as AddressInfo;
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  log.info({ url, ledger: config.databaseUrl ? 'postgres' : 'embedded', version: VERSION }, 'listening');

  const closeAll = async () => {
    await close(server);
    clients.close();
    await db.close();
    log.info('stopped');
  };
  let closing: Promise<void> | undefined;

  return {
    url,
    async stop(drainSeconds = limits.drainSeconds) {
      stopping = true;
      await service.stop(drainSeconds);
      closing ??= closeAll();
      await closing;
    },
  };
}

function listen(app: ReturnType<typeof createApp>, { host, port }: Config): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) =>
      error ? reject(cannotListen(host, port, error)) : resolve(server),
    );
    // A payload of 5 GB may take longer than Node's 5 minutes; the header timeout still ends idle connections.
    server.requestTimeout = 0;
    // What ends an upload that stalls: a silence longer than any of ours, such as a long poll's 60 s.
    server.timeout = SILENCE_MS;
    server.keepAliveTimeout = IDLE_MS;
  });
}

function cannotListen(host: string, port: number, { message }: Error): StartError {
  return new StartError(`It cannot listen on ${host}, port ${port} (BRIDGE_HOST, BRIDGE_PORT): ${message}.`);
}

/** Ends idle connections at once, and lets answers under way finish for a moment: a stalled upload never would. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
  });
}
