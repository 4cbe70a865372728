/** Bridges for lifecycle tests: inside this process, or as a process of their own that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { inject } from 'vitest';
import { type Bridge, startBridge } from '../../src/bridge.ts';
import type { Config } from '../../src/config/config.ts';
import type { Limits } from '../../src/config/limits.ts';
import { createLogger } from '../../src/logger.ts';
import { testConfig } from './config.ts';
import { createDatabase } from './postgres-server.ts';
import { until } from './until.ts';

/** What the SDK's own chain reads: dummies and loopback addresses, never this machine's credentials. */
export function awsEnvironment(lambdaUrl: string, motoUrl = 'http://127.0.0.1:9'): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-central-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_LAMBDA: lambdaUrl,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: lambdaUrl,
    AWS_ENDPOINT_URL_CLOUDWATCH: lambdaUrl,
    AWS_ENDPOINT_URL_XRAY: lambdaUrl,
    AWS_ENDPOINT_URL_S3: motoUrl,
    AWS_ENDPOINT_URL_SQS: motoUrl,
  };
}

/** Looks often and gives up soon, so that tests need not wait for the defaults. */
export const QUICK: Partial<Limits> = {
  pollSeconds: 0.1,
  evidenceSeconds: 1,
  leaseSeconds: 1.5,
  lateLinesSeconds: 0.1,
};

export const freshDatabase = (): Promise<string> => createDatabase(inject('postgresUrl'));

export async function startInProcess(
  lambdaUrl: string,
  databaseUrl: string,
  limits: Partial<Limits> = {},
  config: Partial<Config> = {},
  log?: Logger,
): Promise<Bridge> {
  Object.assign(process.env, awsEnvironment(lambdaUrl));
  const whole = testConfig({ databaseUrl, ...config, limits: { ...QUICK, ...limits } });
  return startBridge(whole, log ?? createLogger(whole.logLevel));
}

export interface BridgeProcess {
  url: string;
  child: ChildProcess;
  /** JSON log lines so far */
  lines: Record<string, unknown>[];
  /** its exit code */
  ended: Promise<number | null>;
}

/** `serve` as users run it. @param limits in the words of the configuration file */
export async function startProcess(
  lambdaUrl: string,
  databaseUrl: string,
  limits: Record<string, number> = {},
): Promise<BridgeProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'bridge-config-'));
  const config = join(folder, 'bridge.json');
  const quick = { poll_seconds: 0.1, evidence_seconds: 1, lease_seconds: 1.5, late_lines_seconds: 0.1 };
  await writeFile(config, JSON.stringify({ limits: { ...quick, ...limits } }));
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'serve'], {
    env: {
      ...process.env,
      ...awsEnvironment(lambdaUrl),
      DATABASE_URL: databaseUrl,
      BRIDGE_CONFIG: config,
      BRIDGE_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Not 'exit', after which its last lines may still come.
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  const listening = await until('the bridge listens', () =>
    lines.find((line) => line['msg'] === 'listening'),
  );
  await rm(folder, { recursive: true });
  return { url: String(listening['url']), child, lines, ended };
}

export interface ExecutionJson {
  id: string;
  state: string;
  attempt: number;
  settled_by?: string;
  request_id?: string;
  result?: unknown;
  error?: { kind: string; type?: string; message: string };
  attempts: {
    number: number;
    phase: string;
    outcome?: string;
    late: boolean;
    doubt?: string;
    deliveries?: number;
  }[];
}

export async function submit(url: string, body: object, wait = 0): Promise<ExecutionJson> {
  const answer = await fetch(`${url}/v1/executions?wait=${wait}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as ExecutionJson;
}

export async function read(url: string, id: string, wait = 0): Promise<ExecutionJson> {
  const answer = await fetch(`${url}/v1/executions/${id}?wait=${wait}`);
  return (await answer.json()) as ExecutionJson;
}
