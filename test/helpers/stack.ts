/** The whole service in this process, on a ledger of its own, with the local Lambda emulator and moto as its AWS. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { Logger } from 'pino';
import { inject, vi } from 'vitest';
import type { EventRecord, RunRecord } from '../../packages/lambda-emulator/src/model.ts';
import {
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from '../../packages/lambda-emulator/src/server.ts';
import { type Bridge, startBridge } from '../../src/bridge.ts';
import { createLogger } from '../../src/logger.ts';
import { type ConfigOverrides, testConfig } from './config.ts';
import { openTestLedger, type PostgresTestLedger } from './ledger.ts';
import { type Moto, startMoto } from './moto.ts';
import { createDatabase } from './postgres-server.ts';

export const BUCKET = 'staging';
const FUNCTIONS = fileURLToPath(new URL('./functions', import.meta.url));
/** pointer/ imports boto3, which only this environment is sure to have. */
const PYTHON = fileURLToPath(new URL('../../.venv/airflow-3.3/bin/python', import.meta.url));
const REGION = 'eu-central-1';
/** Nothing listens there: whoever talks to an AWS service that the stack does not have fails at once. */
const NOWHERE = 'http://127.0.0.1:9';

export interface StackOptions {
  functionsDir?: string;
  config?: ConfigOverrides;
  ledger?: 'postgres' | 'embedded';
  /** false: no S3, which saves a second */
  s3?: boolean;
  lambda?: Partial<EmulatorOptions>;
  log?: Logger;
}

export interface Stack {
  url: string;
  lambdaUrl: string;
  s3Url: string;
  bridge: Bridge;
  lambda: Emulator;
  /** a client of the stack's S3 */
  s3: S3Client;
  /** the bridge's ledger; the embedded one cannot be opened twice, and this throws */
  readonly db: PostgresTestLedger;
  databaseUrl: string | undefined;
  /** every run of a function that has ended, in that order */
  invocations: RunRecord[];
  /** every event that has left the queue of the local Lambda */
  events: EventRecord[];
  /** the keys in a bucket */
  objects(bucket?: string): Promise<string[]>;
  /** how many executions the ledger holds */
  executions(): Promise<number>;
  /** One more bridge on the same ledger; it ends with the stack. */
  startReplica(config?: ConfigOverrides): Promise<Bridge>;
  stop(): Promise<void>;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const cleanUp: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    while (cleanUp.length > 0) await cleanUp.pop()?.();
  };
  try {
    return await start(options, cleanUp, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: StackOptions,
  cleanUp: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const moto = options.s3 === false ? undefined : await startMoto();
  if (moto) cleanUp.push(moto.stop);
  const s3Url = moto?.url ?? NOWHERE;
  stubAws({ AWS_ENDPOINT_URL_S3: s3Url, AWS_ENDPOINT_URL_SQS: s3Url });

  const invocations: RunRecord[] = [];
  const events: EventRecord[] = [];
  const lambda = await startEmulator({
    functionsDir: options.functionsDir ?? FUNCTIONS,
    region: REGION,
    python: PYTHON,
    retryDelaysSeconds: [0.05],
    throttleDelaySeconds: 0.05,
    onInvocation: (record) => invocations.push(record),
    onEventEnd: (record) => events.push(record),
    ...options.lambda,
  });
  cleanUp.push(lambda.stop);

  const s3 = new S3Client({ forcePathStyle: true });
  cleanUp.push(async () => s3.destroy());
  if (moto) await createBucket(s3, moto);

  const dataDir = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  cleanUp.push(() => rm(dataDir, { recursive: true, force: true }));
  const databaseUrl = options.ledger === 'embedded' ? undefined : await createDatabase(inject('postgresUrl'));
  const db = databaseUrl === undefined ? undefined : openTestLedger(databaseUrl, 2);
  if (db) cleanUp.push(() => db.close());

  const startReplica = async (overrides: ConfigOverrides = {}) => {
    // Again for every bridge: another stack of the same file may have set its own.
    stubAws({
      AWS_ENDPOINT_URL_S3: s3Url,
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: lambda.url,
      AWS_ENDPOINT_URL_CLOUDWATCH: lambda.url,
      AWS_ENDPOINT_URL_XRAY: lambda.url,
    });
    const config = testConfig({
      dataDir,
      databaseUrl,
      stagingUri: `s3://${BUCKET}/bridge`,
      buckets: [BUCKET],
      ...options.config,
      ...overrides,
    });
    const bridge = await startBridge(config, options.log ?? createLogger('silent'));
    cleanUp.push(() => bridge.stop(0));
    return bridge;
  };
  const bridge = await startReplica();
  const stack = {
    url: bridge.url,
    lambdaUrl: lambda.url,
    s3Url,
    bridge,
    lambda,
    s3,
    get db() {
      if (!db) throw new Error('The embedded ledger belongs to the bridge alone; ask over HTTP.');
      return db;
    },
    databaseUrl,
    invocations,
    events,
    objects: (bucket = BUCKET) => keys(s3, bucket),
    executions: async () => {
      const [row] = await stack.db.query<{ count: number }>('select count(*)::int as count from executions');
      return row?.count ?? 0;
    },
    startReplica,
    stop,
  };
  return stack;
}

/** vitest runs every file in a process of its own, so the environment is this file's alone. */
function stubAws(settings: Record<string, string>): void {
  const common = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    // The user's own profiles must not redirect any of this.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries({ ...common, ...settings })) vi.stubEnv(name, value);
}

async function createBucket(s3: S3Client, moto: Moto): Promise<void> {
  try {
    await s3.send(
      new CreateBucketCommand({
        Bucket: BUCKET,
        CreateBucketConfiguration: { LocationConstraint: REGION },
      }),
    );
  } catch (error) {
    throw new Error(`The bucket for tests could not be made at ${moto.url}`, { cause: error });
  }
}

async function keys(s3: S3Client, bucket: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket }))
    found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
  return found;
}
