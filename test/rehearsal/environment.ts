/** Starts what a rehearsal runs on: AWS stand-ins with injected faults, a ledger, and the bridge. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import { awsEnvironment } from '../helpers/bridge.ts';
import { startMoto } from '../helpers/moto.ts';
import { createDatabase, type PostgresServer, startOwnPostgres } from '../helpers/postgres-server.ts';
import { Cluster } from './cluster.ts';
import { faultScript } from './injected-faults.ts';
import { startLoadBalancer } from './load-balancer.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const LEDGERS = ['postgres', 'embedded'] as const;
export type LedgerKind = (typeof LEDGERS)[number];

/** The embedded ledger belongs to one process. */
const REPLICAS: Record<LedgerKind, number> = { postgres: 2, embedded: 1 };

export interface RehearsalEnvironment {
  /** of the load balancer */
  url: string;
  cluster: Cluster;
  /** absent with the embedded ledger */
  postgres: PostgresServer | undefined;
  lambdaUrl: string;
  stop(): Promise<void>;
}

export async function startEnvironment(seed: number, ledger: LedgerKind): Promise<RehearsalEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), 'bridge-rehearsal-'));
  const moto = await startMoto();
  // With fsync: it is killed, and must keep what it has confirmed.
  const postgres = ledger === 'postgres' ? await startOwnPostgres({}) : undefined;
  Object.assign(process.env, awsEnvironment('', moto.url), { AWS_ENDPOINT_URL_SQS: moto.url });
  const queue = await createBucketAndQueue();
  const lambda = await startEmulator({
    functionsDir: await copyFunctions(folder),
    python: join(ROOT, '.venv/airflow-3.3/bin/python'),
    environment: { REHEARSAL_MARKS: folder },
    concurrency: 24,
    retryDelaysSeconds: [0.5, 1],
    logDelaySeconds: [0, 1],
    faults: faultScript(seed),
  });
  const ports = await Cluster.choosePorts(REPLICAS[ledger]);
  const loadBalancer = await startLoadBalancer(ports);
  const url = `http://127.0.0.1:${loadBalancer.port}`;
  const cluster = await Cluster.start(ports, {
    ...awsEnvironment(lambda.url, moto.url),
    ...(postgres
      ? { DATABASE_URL: await createDatabase(postgres.url) }
      : { DATABASE_URL: '', BRIDGE_DATA_DIR: join(folder, 'data') }),
    BRIDGE_STAGING_URI: 's3://rehearsal/bridge',
    BRIDGE_PUBLIC_URL: url,
    BRIDGE_CALLBACK_SECRET: 'a secret of this rehearsal alone',
    BRIDGE_CONFIG: await writeConfig(folder, queue),
    BRIDGE_LOG_LEVEL: process.env['BRIDGE_LOG_LEVEL'] ?? 'silent',
  });
  return {
    url,
    cluster,
    postgres,
    lambdaUrl: lambda.url,
    async stop() {
      await cluster.stop();
      loadBalancer.stop();
      await lambda.stop();
      await moto.stop();
      await postgres?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the path of the configuration file */
async function writeConfig(folder: string, queue: string): Promise<string> {
  const path = join(folder, 'bridge.json');
  const functions = [{ name: 'sending_*', queue }, { name: '*' }];
  const limits = {
    held_invocations: 20,
    // Short, so that invocations of a killed replica are found well before a deadline of 90 s.
    lease_seconds: 15,
    // AWS limits the rate per account. The emulator has no limit, and the oracle reads every log.
    log_calls_per_second: 100,
    drain_seconds: 5,
  };
  await writeFile(path, JSON.stringify({ functions, limits }));
  return path;
}

/** @returns the queue's URL */
async function createBucketAndQueue(): Promise<string> {
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({
      Bucket: 'rehearsal',
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
  const { QueueUrl } = await new SQSClient().send(new CreateQueueCommand({ QueueName: 'rehearsal' }));
  if (!QueueUrl) throw new Error('the queue has no URL');
  return QueueUrl;
}

/** Copies each function into a folder of its own, with the files they share and the function helper. */
async function copyFunctions(folder: string): Promise<string> {
  const source = fileURLToPath(new URL('./functions/', import.meta.url));
  const target = join(folder, 'functions');
  const entries = await readdir(source, { withFileTypes: true });
  const shared = entries.filter((entry) => entry.isFile()).map((entry) => join(source, entry.name));
  const helpers = ['airflow-lambda-bridge-function.mjs', 'airflow_lambda_bridge_function.py'];
  shared.push(...helpers.map((name) => join(ROOT, 'function-helper', name)));
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    await mkdir(join(target, name), { recursive: true });
    await cp(join(source, name), join(target, name), { recursive: true });
    for (const file of shared) await cp(file, join(target, name, file.slice(file.lastIndexOf('/') + 1)));
  }
  return target;
}
